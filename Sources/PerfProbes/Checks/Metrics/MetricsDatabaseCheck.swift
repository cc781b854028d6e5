import PerfModel

/// How long queries take by the service's own histogram.
package enum MetricsDatabaseCheck: ServerCheck {
    package static let id = "app.db"
    package static let resource = Resource.database
    package static let explanation = "How long do database queries take by the service's own histogram?"
    package static let source = "Δ of db_query_duration_seconds between scrapes, per label set: Δsum / Δcount"
    package static let trap = "it has the wait for a connection of the pool in it, or not: the service decides"
    package static let threshold = CheckThreshold(0.1, 1, unit: "seconds", origin: "guide A")

    package static func outcome(of observation: MetricsObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let wanted = observation.selection.wanted.first(where: { $0.role == .database }) else {
            return .unmeasured(reason: "it was not asked for", remedy: nil)
        }
        return MetricsLatencyJudge(
            observation: observation, threshold: threshold, name: "mean", noun: "database queries",
            remedies: MetricsRemedies.database, measure: { $0.mean.map { .value($0) } ?? .unknown }
        ).outcome(of: wanted, as: self)
    }
}
