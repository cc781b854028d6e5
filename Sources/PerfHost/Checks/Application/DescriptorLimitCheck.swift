import PerfModel

/// Descriptors that run out.
package struct DescriptorLimitCheck: Check {
    package static let id = "fd.limit"
    package static let resource = Resource.network
    package static let explanation = "Does a process, or the host, run out of descriptors for files and sockets?"
    package static let source = "/proc/PID/fd: count / soft limit of /proc/PID/limits; /proc/sys/fs/file-nr"
    package static let trap =
        "the limit of a process is met long before the host's, and the program says \"too many open files\" at best; "
        + "processes that lock themselves in have a limit of next to nothing"
    package static let threshold = CheckThreshold(
        0.70, 0.90, unit: "ratio", origin: "node-mixin 70 and 90%", conditions: ["descriptors": 32])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        var findings: [Finding] = []
        var seen: [Evidence] = []
        if let host = observation.last.fileHandles.value, host.limit > 0 {
            let used = min(1, Double(host.allocated) / Double(host.limit))
            seen.append(Evidence("host_used_ratio", used, "ratio"))
            if threshold.severity(of: used) != nil {
                findings.append(
                    finding(
                        used, "used_ratio", threshold: threshold, family: .saturation,
                        evidence: [Evidence("open", Double(host.allocated), "count")],
                        summary: "the host has \(Words.grouped(Double(host.allocated))) files open, "
                            + "\(Words.percent(used)) of what it allows",
                        remedies: [Remedy("raise fs.file-max")]))
            }
        }
        let details = observation.last.processes.value?.details.values.sorted { $0.pid < $1.pid } ?? []
        let counts = details.compactMap { detail in detail.descriptors.value.map { (detail: detail, counts: $0) } }
        for (detail, counts) in counts {
            guard let limit = counts.limit, limit > 0 else { continue }
            let used = min(1, Double(counts.total) / Double(limit))
            guard threshold.severity(of: used) != nil, Double(counts.total) >= threshold.condition("descriptors") else {
                continue
            }
            let name = observation.last.name(ofProcess: detail.pid) ?? ""
            findings.append(
                finding(
                    used, "used_ratio", threshold: threshold, family: .saturation, subject: "\(detail.pid)",
                    evidence: [
                        Evidence("open", Double(counts.total), "count"), Evidence("limit", Double(limit), "count"),
                        Evidence("sockets", Double(counts.sockets), "count"),
                    ],
                    summary:
                        "\(name.printable) (pid \(detail.pid)) has \(Words.grouped(Double(counts.total))) "
                        + "descriptors open, \(Words.percent(used)) of its limit",
                    remedies: [
                        Remedy("raise the limit: LimitNOFILE=, ulimit -n"),
                        Remedy("if the number only grows, find what is not closed: ls -l /proc/\(detail.pid)/fd"),
                    ]))
        }
        guard findings.isEmpty else { return .findings(sorted(findings)) }
        return blindness(of: observation, seesAny: !counts.isEmpty) ?? .healthy(seen)
    }

    /// Nil where those that matter were seen.
    private static func blindness(of observation: HostObservation, seesAny: Bool) -> CheckOutcome? {
        guard let table = observation.last.processes.value else {
            return unmeasured(observation.last.processes, "the list of processes")
        }
        if let target = observation.target {
            guard let detail = table.details[target] else {
                return .unmeasured(reason: "the target's descriptors were not looked at", remedy: nil)
            }
            return detail.descriptors.value == nil ? unmeasured(detail.descriptors, "the target's descriptors") : nil
        }
        guard !seesAny else { return nil }
        return .unmeasured(
            reason: "no process shows its descriptors (/proc/PID/fd)",
            remedy: observation.rights.traceRemedy(others: "run as root"))
    }
}
