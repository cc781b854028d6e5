import PerfModel

/// Whether Redis stops growing before the machine does.
package enum RedisMaxMemoryCheck: ServerCheck {
    package static let id = "rd.maxmemory"
    package static let resource = Resource.cache
    package static let explanation = "Does maxmemory keep Redis within what the machine or its cgroup has?"
    package static let source = "INFO: maxmemory, total_system_memory; memory.max of its cgroup where it runs here"
    package static let trap =
        "0 means no limit, and is the default; in a container total_system_memory is the host's, not what it may have"
    package static let threshold = CheckThreshold(1, 1, unit: "ratio", origin: "proposed")

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let info = observation.info.value else { return unmeasured(observation.info) }
        guard
            let maximum = info.number("maxmemory") ?? observation.settings.value?["maxmemory"].flatMap({ UInt64($0) })
        else { return unmeasured(observation.number("maxmemory", since: "4.0")) }
        let used = info.number("used_memory").map { Evidence("used", Double($0), "bytes") }
        let limit = observation.memoryLimit
        let whose = limit?.source == .cgroup ? "its cgroup" : "the machine"
        if maximum == 0 {
            let has = limit.map { " but what \(whose) has: \(RedisWords.bytes($0.bytes))" } ?? ""
            return .findings([
                Finding(
                    id: id, severity: .warning, resource: resource, family: .probe,
                    summary:
                        "Redis has no limit of memory\(has) (maxmemory 0): when that is used up, the kernel kills it "
                        + "or a neighbour",
                    subject: observation.address,
                    evidence: [Evidence("maxmemory", 0, "bytes")] + [used].compactMap { $0 },
                    remedies: remedies(observation))
            ])
        }
        guard let limit else {
            return .unmeasured(
                reason:
                    "maxmemory is \(RedisWords.bytes(maximum)), and how much memory the machine has is not to be seen",
                remedy: "Redis 3.2 or newer says it")
        }
        let ratio = Double(maximum) / Double(limit.bytes)
        let evidence =
            [Evidence("maxmemory", Double(maximum), "bytes"), Evidence("memory", Double(limit.bytes), "bytes")]
            + [used].compactMap { $0 }
        guard threshold.severity(of: ratio) != nil else {
            return .healthy([Evidence("maxmemory_of_memory", ratio, threshold.unit)] + evidence)
        }
        return .findings([
            finding(
                ratio, "maxmemory_of_memory", threshold: threshold, subject: observation.address, evidence: evidence,
                summary:
                    "maxmemory is \(RedisWords.bytes(maximum)), and \(whose) has \(RedisWords.bytes(limit.bytes)): "
                    + "Redis is killed before it evicts",
                remedies: remedies(observation))
        ])
    }

    private static func remedies(_ observation: RedisObservation) -> [Remedy] {
        let hasQueues = observation.queueDatabases.value.map { !$0.isEmpty } ?? false
        return [RedisRemedies.setLimit] + (hasQueues ? [RedisRemedies.protectQueues] : [])
    }
}
