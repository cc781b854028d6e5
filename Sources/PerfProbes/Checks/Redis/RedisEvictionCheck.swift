import PerfModel

/// Keys that were thrown out for want of memory; where queues are, those are jobs.
package enum RedisEvictionCheck: ServerCheck {
    package static let id = "rd.evict"
    package static let resource = Resource.cache
    package static let explanation = "Does Redis throw out keys for want of memory, and may jobs be among them?"
    package static let source = "INFO: Δevicted_keys, maxmemory_policy; EXISTS rq:queues in each database"
    package static let trap =
        "a job that is evicted raises no error anywhere; both guides advise allkeys-lru for the Redis that has the queues"
    package static let threshold = CheckThreshold(1, unit: "count", origin: "any key; critical where RQ's queues are")

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        let change = observation.change(of: "evicted_keys")
        let hasQueues = observation.queueDatabases.value.map { !$0.isEmpty } ?? false
        if let evicted = change.value, threshold.severity(of: Double(evicted)) != nil {
            return .findings([evicting(evicted, hasQueues, observation, threshold)])
        }
        // Nothing has gone yet, or it cannot be seen: what may go is known all the same.
        if hasQueues, let policy = observation.policy, policy.hasPrefix("allkeys") {
            return .findings([threatened(policy, observation)])
        }
        guard let evicted = change.value else { return unmeasured(change) }
        var evidence = [Evidence("evicted_keys", Double(evicted), "count")]
        if let total = observation.number("evicted_keys").value {
            evidence.append(Evidence("evicted_since_start", Double(total), "count"))
        }
        return .healthy(evidence)
    }

    private static func evicting(
        _ evicted: UInt64, _ hasQueues: Bool, _ observation: RedisObservation, _ threshold: CheckThreshold
    ) -> Finding {
        let policy = observation.policy.map { " (\($0.printable))" } ?? ""
        // Keys of RQ have no time to live while they wait: a volatile policy leaves them.
        let losesJobs = hasQueues && observation.policy.map { !$0.hasPrefix("volatile") } ?? true
        var words = "Redis threw out \(RedisWords.count(evicted)) keys for want of memory\(policy)"
        if losesJobs { words += ", and RQ's queues are there: jobs are lost without an error" }
        if case .unavailable = observation.queueDatabases {
            words += "; whether RQ's queues are there could not be seen"
        }
        return finding(
            Double(evicted), "evicted_keys", threshold: threshold, severity: losesJobs ? .critical : .warning,
            subject: observation.address,
            evidence: [
                Evidence(
                    "evicted_per_second", observation.seconds > 0 ? Double(evicted) / observation.seconds : 0,
                    "per_second")
            ], summary: words,
            remedies: losesJobs
                ? [RedisRemedies.protectQueues, RedisRemedies.moreMemory]
                : [RedisRemedies.moreMemory, RedisRemedies.timesToLive, RedisRemedies.references])
    }

    private static func threatened(_ policy: String, _ observation: RedisObservation) -> Finding {
        let total = observation.number("evicted_keys").value ?? 0
        let limit = observation.number("maxmemory").value ?? 0
        let when = limit > 0 ? "when \(RedisWords.bytes(limit)) are full" : "as soon as maxmemory is set"
        return Finding(
            id: id, severity: total > 0 ? .critical : .warning, resource: resource, family: .probe,
            summary: "RQ's queues are in a Redis that may evict any key (\(policy.printable)): \(when), jobs are lost "
                + "without an error" + (total > 0 ? "; \(RedisWords.count(total)) keys are gone since its start" : ""),
            subject: observation.address,
            evidence: [Evidence("evicted_since_start", Double(total), "count")],
            remedies: [RedisRemedies.protectQueues])
    }
}
