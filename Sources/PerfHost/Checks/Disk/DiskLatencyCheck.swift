import PerfModel

/// Disks that answer slowly.
package struct DiskLatencyCheck: Check {
    package static let id = "disk.await"
    package static let resource = Resource.disk
    package static let explanation = "Do disks take long to answer?"
    package static let source =
        "/proc/diskstats, as iostat: Δmilliseconds / Δrequests of reads, and of reads, writes and discards together"
    package static let trap =
        "a mean of few requests is no mean; pages that are written back in bulk wait long in the queue while no "
        + "program waits for them: without stalls (PSI io, of the target's cgroup first) a slow disk harms nobody"
    package static let threshold = CheckThreshold(
        20, 50, unit: "milliseconds", origin: "glances 20 and 50 ms", conditions: ["requests": 20, "stall_ratio": 0.05])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let disks = observation.disks.value else { return unmeasured(observation.disks, "/proc/diskstats") }
        var findings: [Finding] = []
        var seen: [Evidence] = []
        for disk in disks {
            guard let time = latency(of: disk, threshold) else { continue }
            seen.append(Evidence("\(disk.name)_await", time, "milliseconds"))
            guard isSlow(disk, observation, threshold) else { continue }
            let stall = observation.diskStall
            findings.append(
                finding(
                    time, "await", threshold: threshold, family: .saturation, subject: disk.name,
                    evidence: [
                        Evidence("read_await", disk.read.await, "milliseconds"),
                        Evidence("write_await", disk.write.await, "milliseconds"),
                        Evidence("requests", disk.read.requestsPerSecond + disk.write.requestsPerSecond, "per_second"),
                        Evidence("queue_size", disk.queueSize, "count"),
                    ] + (stall.map { [Evidence("io_some_ratio", $0, "ratio")] } ?? []),
                    summary: "\(disk.name.printable) takes \(Words.fixed(time)) ms for a request, with "
                        + "\(Words.fixed(disk.queueSize)) at a time",
                    parent: observation.memoryCause(of: stall), benefit: stall, remedies: GuideRemedies.disk))
        }
        return findings.isEmpty ? .healthy(seen) : .findings(sorted(findings))
    }

    /// Milliseconds, of reads or of all requests, whichever is worse; nil for too few requests.
    static func latency(of disk: DiskRates, _ threshold: CheckThreshold) -> Double? {
        let fewest = threshold.condition("requests")
        guard Double(disk.requests) >= fewest else { return nil }
        return Double(disk.read.requests) >= fewest ? max(disk.await, disk.read.await) : disk.await
    }

    /// Whether the disk is slow, and something waits; other checks ask with the threshold in force.
    static func isSlow(
        _ disk: DiskRates, _ observation: HostObservation, _ threshold: CheckThreshold? = nil
    ) -> Bool {
        let threshold = threshold ?? observation.threshold(of: Self.self)
        guard let time = latency(of: disk, threshold), threshold.severity(of: time) != nil else { return false }
        return observation.diskStall.map { $0 >= threshold.condition("stall_ratio") } ?? true
    }

    /// The id of this check if it finds a disk, for what follows from that.
    static func cause(in observation: HostObservation) -> String? {
        observation.disks.value?.contains { isSlow($0, observation) } ?? false ? id : nil
    }
}
