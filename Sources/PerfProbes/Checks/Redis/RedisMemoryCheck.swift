import PerfModel

/// How full it is, and how much of its memory holds nothing.
package enum RedisMemoryCheck: ServerCheck {
    package static let id = "rd.mem"
    package static let resource = Resource.cache
    package static let explanation = "Is Redis short of memory, or does it hold much that it does not use?"
    package static let source =
        "INFO: used_memory / maxmemory, mem_fragmentation_ratio and _bytes, used_memory_peak, Δerrorstat_OOM"
    package static let trap =
        "a cache that evicts is full by design; ratios of an instance below 5 MB mean nothing; RSS after a peak is no "
        + "fragmentation"
    package static let threshold = CheckThreshold(
        0.9, 0.98, unit: "ratio", origin: "awesome-prometheus-alerts; the rest Redis MEMORY DOCTOR; 98% proposed",
        conditions: [
            "fragmentation_ratio": 1.4, "fragmentation_bytes": 10_485_760, "peak_ratio": 1.5, "least_bytes": 5_242_880,
        ])

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let info = observation.info.value else { return unmeasured(observation.info) }
        guard let used = info.number("used_memory") else { return unmeasured(observation.number("used_memory")) }
        var findings = [refused(observation), full(info, used, observation, threshold)].compactMap { $0 }
        if Double(used) >= threshold.condition("least_bytes") {
            findings += [fragmented(info, used, observation, threshold)].compactMap { $0 }
        }
        if !findings.isEmpty { return .findings(findings) }
        var evidence = [Evidence("used", Double(used), "bytes")]
        if let limit = info.number("maxmemory"), limit > 0 {
            evidence.insert(Evidence("used_of_maxmemory", Double(used) / Double(limit), "ratio"), at: 0)
        }
        if let ratio = info.real("mem_fragmentation_ratio") {
            evidence.append(Evidence("fragmentation", ratio, "ratio"))
        }
        return .healthy(evidence)
    }

    /// Writes that were refused while we looked.
    private static func refused(_ observation: RedisObservation) -> Finding? {
        guard let (first, last) = observation.both.value, let after = last.errors["OOM"],
            after > first.errors["OOM"] ?? 0
        else { return nil }
        let count = after - (first.errors["OOM"] ?? 0)
        return Finding(
            id: id, severity: .critical, resource: resource, family: .probe,
            summary: "Redis refused \(RedisWords.count(count)) commands for want of memory (OOM)",
            subject: observation.address, evidence: [Evidence("refused_commands", Double(count), "count")],
            remedies: [RedisRemedies.moreMemory, RedisRemedies.timesToLive, RedisRemedies.references])
    }

    private static func full(
        _ info: RedisInfo, _ used: UInt64, _ observation: RedisObservation, _ threshold: CheckThreshold
    ) -> Finding? {
        guard let limit = info.number("maxmemory"), limit > 0 else { return nil }
        // What evicts goes on; what finds nothing that may go does not.
        let policy = observation.policy ?? "noeviction"
        let hasExpiring = info.databases.values.contains { $0.expires > 0 }
        guard policy == "noeviction" || policy.hasPrefix("volatile") && !hasExpiring else { return nil }
        let ratio = Double(used) / Double(limit)
        guard threshold.severity(of: ratio) != nil else { return nil }
        return finding(
            ratio, "used_of_maxmemory", threshold: threshold, subject: observation.address,
            evidence: [Evidence("used", Double(used), "bytes"), Evidence("maxmemory", Double(limit), "bytes")],
            summary: "\(RedisWords.percent(ratio)) of maxmemory (\(RedisWords.bytes(limit))) is used; with "
                + "\(policy.printable)\(policy == "noeviction" ? "" : " and no key that expires") writes fail when it is full",
            remedies: [
                RedisRemedies.timesToLive, RedisRemedies.references, RedisRemedies.shortKeys,
                RedisRemedies.compressLists, RedisRemedies.moreMemory,
            ])
    }

    private static func fragmented(
        _ info: RedisInfo, _ used: UInt64, _ observation: RedisObservation, _ threshold: CheckThreshold
    ) -> Finding? {
        guard let ratio = info.real("mem_fragmentation_ratio"), let resident = info.number("used_memory_rss"),
            resident > used
        else { return nil }
        let bytes = resident - used
        let isFragmented =
            ratio > threshold.condition("fragmentation_ratio")
            && Double(bytes) > threshold.condition("fragmentation_bytes")
        guard isFragmented else { return nil }
        let peak = info.number("used_memory_peak") ?? used
        let isAfterPeak = Double(peak) > Double(used) * threshold.condition("peak_ratio")
        return Finding(
            id: id, severity: isAfterPeak ? .info : .warning, resource: resource, family: .probe,
            summary: "the process has \(RedisWords.bytes(resident)) in memory and uses \(RedisWords.bytes(used))"
                + (isAfterPeak
                    ? ": its peak was \(RedisWords.bytes(peak)), and freed memory was not given back"
                    : ": its memory is fragmented"),
            subject: observation.address,
            evidence: [
                Evidence("fragmentation", ratio, "ratio"), Evidence("fragmentation_bytes", Double(bytes), "bytes"),
                Evidence("peak", Double(peak), "bytes"),
            ], threshold: threshold.condition("fragmentation_ratio"),
            remedies: [
                Remedy(
                    isAfterPeak
                        ? "a restart, or MEMORY PURGE, gives it back; room for the next peak is needed anyway"
                        : "CONFIG SET activedefrag yes, or a restart", source: "Redis MEMORY DOCTOR")
            ])
    }
}
