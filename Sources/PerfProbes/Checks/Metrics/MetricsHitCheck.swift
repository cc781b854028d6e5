import PerfModel

/// How many look-ups a service's caches answer.
package enum MetricsHitCheck: ServerCheck {
    package static let id = "app.hit"
    package static let resource = Resource.cache
    package static let explanation = "Do the service's caches have what they are asked for?"
    package static let source = "Δ of pairs of counters such as cache_hits_total and cache_misses_total, per label set"
    package static let trap =
        "a cache that was just filled misses at first; counts since the start hide that it does now"
    package static let threshold = CheckThreshold(
        0.2, unit: "ratio", origin: "proposed", conditions: ["least_lookups": 100])

    package static func outcome(of observation: MetricsObservation, threshold: CheckThreshold) -> CheckOutcome {
        let comparable = observation.isComparable
        guard case .available = comparable else { return unmeasured(comparable) }
        let all = MetricsObservation.caches(in: observation.counters)
        guard !all.isEmpty else {
            return .unmeasured(
                reason: "the service has no pair of counters of hits and misses",
                remedy: "count them: cache_hits_total and cache_misses_total")
        }
        let caches = all.filter { $0.hits + $0.misses >= threshold.condition("least_lookups") }
        guard !caches.isEmpty else {
            let count = MetricsWords.count(all.map { $0.hits + $0.misses }.max() ?? 0)
            return .unmeasured(
                reason: "\(count) look-ups meanwhile are too few for a ratio",
                remedy: "ask for longer, or while it is used: -d 60")
        }
        let worst = caches.map(\.missRatio).max() ?? 0
        let bad = caches.filter { threshold.severity(of: $0.missRatio) != nil }
        guard !bad.isEmpty else { return .healthy([Evidence("miss_ratio", worst, threshold.unit)]) }
        return .findings(
            bad.sorted { $0.missRatio > $1.missRatio }.prefix(5).map { cache in
                finding(
                    cache.missRatio, "miss_ratio", threshold: threshold,
                    subject: "\(observation.address) \(cache.name)\(cache.labels.text)",
                    evidence: [
                        Evidence("hit_ratio", 1 - cache.missRatio, "ratio"),
                        Evidence("lookups", cache.hits + cache.misses, "count"),
                    ],
                    summary:
                        "\(RedisWords.percent(cache.missRatio)) of \(MetricsWords.count(cache.hits + cache.misses)) "
                        + "look-ups in \(cache.name)\(cache.labels.text) found nothing",
                    remedies: MetricsRemedies.cache)
            })
    }
}
