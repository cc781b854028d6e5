import PerfModel

/// How much memory is left.
package struct AvailableMemoryCheck: Check {
    package static let id = "mem.avail"
    package static let resource = Resource.memory
    package static let explanation = "How much of the memory is used that cannot be given back?"
    package static let source =
        "/proc/meminfo: 1 - (MemAvailable + free huge pages + shrinkable ARC) / MemTotal; cgroup: (usage - page "
        + "cache) / limit"
    package static let trap =
        "MemFree is near 0 on every host that reads files; the page cache, the ARC of ZFS and free huge pages are no "
        + "use, and full memory without stalls is a lack of headroom, not a bottleneck"
    package static let threshold = CheckThreshold(
        0.80, 0.90, unit: "ratio", origin: "guide A 80%, node-mixin 90%",
        conditions: ["ample_bytes": 17_179_869_184, "critical_stall_ratio": 0.05])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        let group = cgroup(of: observation)
        let host = host(of: observation)
        guard group != nil || host != nil else { return unmeasured(observation.last.memory, "MemAvailable") }
        var findings: [Finding] = []
        var seen: [Evidence] = []
        if let group {
            seen.append(Evidence("cgroup_used_ratio", group.ratio, "ratio"))
            let path = observation.last.cgroup.value?.memory.limitingPath ?? observation.last.cgroup.value?.path ?? ""
            findings += finding(
                group, "cgroup_used_ratio", "cgroup \(path.printable)", path, observation, threshold)
        }
        if let host {
            seen.append(Evidence("used_ratio", host.ratio, "ratio"))
            findings += finding(host, "used_ratio", "the host", "", observation, threshold)
        }
        return findings.isEmpty ? .healthy(seen) : .findings(findings)
    }

    private struct Use {
        var ratio: Double
        var available: Double
        var total: Double
    }

    private static func host(of observation: HostObservation) -> Use? {
        guard let memory = observation.last.memory.value, let total = memory.total, total > 0,
            let available = memory.available
        else { return nil }
        let swap = observation.last.swap.value
        let cache = swap?.zfsCache ?? 0
        let shrinkable = Double(cache - min(cache, swap?.zfsCacheMinimum ?? 0))
        let free = min(Double(total), Double(available) + Double(memory.freeHugePages ?? 0) + shrinkable)
        return Use(ratio: 1 - free / Double(total), available: free, total: Double(total))
    }

    /// Of the group of the target or the container, if it has a limit: without all its page cache, as `MemAvailable` counts.
    private static func cgroup(of observation: HostObservation) -> Use? {
        guard observation.cgroupOwner != nil, let memory = observation.last.cgroup.value?.memory,
            let limit = memory.limit, limit > 0, let usage = memory.usage
        else { return nil }
        let active = memory.statistics["total_active_file"] ?? memory.statistics["active_file"] ?? 0
        let cache = (memory.inactiveFile ?? 0).addingReportingOverflow(active)
        let used = Double(usage - min(usage, cache.overflow ? usage : cache.partialValue))
        return Use(
            ratio: used / Double(limit), available: max(0, Double(limit) - used), total: Double(limit))
    }

    private static func finding(
        _ use: Use, _ name: String, _ whose: String, _ subject: String, _ observation: HostObservation,
        _ threshold: CheckThreshold
    ) -> [Finding] {
        guard var severity = threshold.severity(of: use.ratio), use.available < threshold.condition("ample_bytes")
        else { return [] }
        var evidence = [
            Evidence("available_bytes", use.available, "bytes"), Evidence("total_bytes", use.total, "bytes"),
        ]
        if let stall = observation.memoryStall {
            evidence.append(Evidence("memory_some_ratio", stall, "ratio"))
            if stall < threshold.condition("critical_stall_ratio") { severity = min(severity, .warning) }
        }
        return [
            finding(
                use.ratio, name, threshold: threshold, severity: severity, family: .saturation, subject: subject,
                evidence: evidence,
                summary: "\(whose) uses \(Words.percent(use.ratio)) of its memory: \(Words.bytes(use.available)) of "
                    + "\(Words.bytes(use.total)) are left",
                remedies: GuideRemedies.memory)
        ]
    }
}
