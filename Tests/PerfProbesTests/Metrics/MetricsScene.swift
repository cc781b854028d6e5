import PerfModel

@testable import PerfProbes

/// A service's metrics at two moments, without a service.
struct MetricsScene {
    /// Series with their values at both moments.
    var series: [(String, Double, Double)] = []
    var seconds = 10.0
    var selection = MetricsSelection.guides

    /// A histogram that observed so many in each of its buckets, above those of before.
    mutating func add(
        _ name: String, _ labels: String = "", buckets: [(String, Double)], sum: Double, before: Double = 1000
    ) {
        var count = 0.0
        let separator = labels.isEmpty ? "" : ","
        for (bound, number) in buckets {
            count += number
            series.append(("\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"}", before, before + count))
        }
        series.append(("\(name)_count{\(labels)}", before, before + count))
        series.append(("\(name)_sum{\(labels)}", before, before + sum))
    }

    func text(_ isLater: Bool) -> String {
        series.map { "\($0.0) \(isLater ? $0.2 : $0.1)" }.joined(separator: "\n") + "\n"
    }

    func scrape(_ isLater: Bool) throws -> MetricsScrape {
        try MetricsScrape(
            Array(text(isLater).utf8), syntax: .prometheus,
            takenAt: 1_000_000_000 + (isLater ? UInt64(seconds * 1e9) : 0), selection: selection)
    }

    func observation() throws -> MetricsObservation {
        var observation = MetricsObservation(address: "10.0.0.7:9090", selection: selection)
        observation.add(try scrape(false))
        observation.add(try scrape(true))
        return observation
    }

    /// The guides' histograms and counters, with nothing slow and nothing wrong.
    static func healthy() -> MetricsScene {
        var scene = MetricsScene()
        for endpoint in ["/jobs", "/users"] {
            scene.add(
                "http_request_duration_seconds", "method=\"GET\",endpoint=\"\(endpoint)\"",
                buckets: [
                    ("0.01", 20), ("0.05", 70), ("0.1", 9), ("0.5", 1), ("1.0", 0), ("2.0", 0), ("5.0", 0), ("+Inf", 0),
                ],
                sum: 3)
        }
        scene.add(
            "db_query_duration_seconds", "query_type=\"select\"",
            buckets: [("0.001", 50), ("0.01", 140), ("0.05", 10), ("0.1", 0), ("0.5", 0), ("1.0", 0), ("+Inf", 0)],
            sum: 0.9)
        scene.add(
            "llm_call_duration_seconds", "provider=\"a\",model=\"b\"",
            buckets: [
                ("0.1", 0), ("0.5", 10), ("1.0", 40), ("2.0", 10), ("5.0", 0), ("10.0", 0), ("30.0", 0), ("+Inf", 0),
            ],
            sum: 60)
        scene.series.append(("cache_hits_total{cache_type=\"llm\"}", 10, 910))
        scene.series.append(("cache_misses_total{cache_type=\"llm\"}", 90, 190))
        scene.series.append(("http_requests_total{status=\"200\"}", 5000, 5400))
        scene.series.append(("http_requests_total{status=\"503\"}", 100, 101))
        return scene
    }

    func report(_ thresholds: [String: CheckThreshold] = [:]) throws -> ServerReport {
        try observation().report(thresholds: thresholds)
    }
}
