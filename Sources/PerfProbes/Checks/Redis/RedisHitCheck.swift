import PerfModel

/// How many look-ups find their key.
package enum RedisHitCheck: ServerCheck {
    package static let id = "rd.hit"
    package static let resource = Resource.cache
    package static let explanation = "Do look-ups find their keys?"
    package static let source = "INFO: Δkeyspace_misses / Δ(keyspace_hits + keyspace_misses)"
    package static let trap =
        "counts since the start hide what happens now; a queue that is asked for jobs misses by design"
    package static let threshold = CheckThreshold(
        0.2, unit: "ratio", origin: "proposed", conditions: ["least_lookups": 100])

    package static func outcome(of observation: RedisObservation, threshold: CheckThreshold) -> CheckOutcome {
        let hitChange = observation.change(of: "keyspace_hits")
        let missChange = observation.change(of: "keyspace_misses")
        guard let hits = hitChange.value else { return unmeasured(hitChange) }
        guard let misses = missChange.value else { return unmeasured(missChange) }
        let lookups = Double(hits) + Double(misses)
        guard lookups >= threshold.condition("least_lookups") else {
            return .unmeasured(
                reason: "\(RedisWords.count(hits &+ misses)) look-ups meanwhile are too few for a ratio",
                remedy: "ask for longer, or while it is used: -d 60")
        }
        let ratio = Double(misses) / lookups
        let evidence = [
            Evidence("hit_ratio", 1 - ratio, "ratio"), Evidence("lookups", lookups, "count"),
            Evidence("lookups_per_second", lookups / observation.seconds, "per_second"),
        ]
        guard threshold.severity(of: ratio) != nil else {
            return .healthy([Evidence("miss_ratio", ratio, threshold.unit)] + evidence)
        }
        let evicted = observation.change(of: "evicted_keys").value ?? 0
        let expired = observation.change(of: "expired_keys").value ?? 0
        let hasQueues = observation.queueDatabases.value.map { !$0.isEmpty } ?? false
        return .findings([
            finding(
                ratio, "miss_ratio", threshold: threshold, severity: hasQueues ? .info : nil,
                subject: observation.address,
                evidence: evidence + [
                    Evidence("evicted_keys", Double(evicted), "count"),
                    Evidence("expired_keys", Double(expired), "count"),
                ],
                summary: "\(RedisWords.percent(ratio)) of \(RedisWords.count(hits &+ misses)) look-ups found no key"
                    + (evicted > 0 ? "; \(RedisWords.count(evicted)) keys were evicted meanwhile" : "")
                    + (expired > 0 ? "; \(RedisWords.count(expired)) expired" : "")
                    + (hasQueues ? "; part of it may be workers that ask RQ's queues" : ""),
                parent: evicted > 0 ? RedisEvictionCheck.id : nil,
                remedies: [
                    evicted > 0 ? RedisRemedies.moreMemory : RedisRemedies.longerLives, RedisRemedies.cacheAside,
                ])
        ])
    }
}
