import PerfModel
import Testing

@testable import PerfProbes

/// Each check on a sick service, on a healthy one, and on one that says too little.
@Suite("Metrics checks")
struct MetricsCheckTests {
    static let all = ["app.http", "app.db", "app.llm", "app.bounds", "app.hit", "app.errors"]

    private static func selection(_ fragment: String) throws -> MetricsSelection {
        try MetricsSelection(fragment: fragment)
    }

    @Test("nothing is wrong with a healthy service, and nothing is unmeasured")
    func healthy() throws {
        let report = try MetricsScene.healthy().report()
        #expect(report.findings.isEmpty && report.unmeasured.isEmpty, "\(report)")
        #expect(report.healthy.map(\.id) == Self.all)
        let fact = try #require(report.facts.first { $0.name == "http_request_duration_seconds" })
        // 200 requests: rank 100 is the 60th of 140 between 10 and 50 ms.
        #expect(fact.value == "200 (20.0/s): p50 27.1 ms, p95 77.8 ms, p99 100 ms, mean 30.0 ms", "\(fact.value)")
        #expect(
            report.facts.contains {
                $0.name == "http_request_duration_seconds{endpoint=\"/jobs\", method=\"GET\"}"
            })
    }

    @Test func http() throws {
        var scene = MetricsScene.healthy()
        scene.add(
            "http_request_duration_seconds", "method=\"POST\",endpoint=\"/slow\"",
            buckets: [
                ("0.01", 0), ("0.05", 0), ("0.1", 0), ("0.5", 10), ("1.0", 90), ("2.0", 0), ("5.0", 0), ("+Inf", 0),
            ],
            sum: 70)
        let finding = try #require(try scene.report().findings.first)
        // Rank 95 is the 85th of 90 between 0.5 and 1 s.
        #expect(finding.id == "app.http" && finding.severity == .warning)
        #expect(finding.evidence.first.map { abs($0.value - (0.5 + 0.5 * 85 / 90)) < 1e-9 } == true)
        #expect(finding.subject.contains("/slow") && finding.summary.contains("972 ms (p95 of 100)"), "\(finding)")
        #expect(finding.remedies.contains { $0.claimedGain?.contains("-60%") == true && $0.source == "guide A" })
        #expect(try scene.report(["app.http": CheckThreshold(1, unit: "seconds", origin: "test")]).findings.isEmpty)
        // All are judged together where each by itself is too little.
        scene = MetricsScene()
        for index in 0..<4 {
            scene.add(
                "http_request_duration_seconds", "endpoint=\"/\(index)\"",
                buckets: [("0.5", 1), ("1", 9), ("+Inf", 0)], sum: 9)
        }
        let report = try scene.report()
        #expect(report.findings.map(\.id) == ["app.http"] && report.findings[0].summary.hasPrefix("HTTP requests take"))
    }

    @Test("a quantile in +Inf is the last bound or more: a finding above the limit, unmeasured below")
    func infinity() throws {
        var scene = MetricsScene()
        scene.add("http_request_duration_seconds", buckets: [("0.5", 50), ("5", 0), ("+Inf", 50)], sum: 900)
        let finding = try #require(try scene.report().findings.first)
        #expect(finding.severity == .critical && finding.summary.contains("> 5.00 s"), "\(finding)")
        scene = MetricsScene()
        scene.add("http_request_duration_seconds", buckets: [("0.1", 50), ("0.25", 0), ("+Inf", 50)], sum: 30)
        let report = try scene.report()
        let unmeasured = try #require(report.unmeasured.first { $0.id == "app.http" })
        #expect(unmeasured.reason.contains("> 250 ms") && unmeasured.remedy.contains("bucket at 500 ms"))
        #expect(report.findings.map(\.id) == ["app.bounds"])
    }

    @Test func database() throws {
        var scene = MetricsScene()
        scene.add(
            "db_query_duration_seconds", "query_type=\"report\"", buckets: [("0.1", 5), ("1", 15), ("+Inf", 0)], sum: 6)
        let finding = try #require(try scene.report().findings.first)
        #expect(finding.id == "app.db" && finding.evidence.first == Evidence("mean", 0.3, "seconds"))
        scene = MetricsScene()
        scene.add("db_query_duration_seconds", buckets: [("0.1", 5), ("1", 15), ("+Inf", 0)], sum: 60)
        #expect(try scene.report().findings.first?.severity == .critical)
    }

    @Test func llm() throws {
        var scene = MetricsScene()
        scene.add(
            "llm_call_duration_seconds", "model=\"big\"", buckets: [("10", 10), ("30", 90), ("+Inf", 0)], sum: 2000)
        let finding = try #require(try scene.report().findings.first)
        #expect(finding.id == "app.llm" && finding.severity == .warning && finding.subject.contains("big"))
    }

    @Test func hits() throws {
        var scene = MetricsScene.healthy()
        scene.series.append(("page_cache_hits", 0, 30))
        scene.series.append(("page_cache_misses", 0, 90))
        // A counter without its other half says nothing.
        scene.series.append(("other_hits_total", 0, 90))
        let finding = try #require(try scene.report().findings.first)
        #expect(finding.id == "app.hit" && finding.evidence.first == Evidence("miss_ratio", 0.75, "ratio"))
        #expect(finding.summary.contains("75% of 120 look-ups in page_cache"))
        scene.series = [("cache_hits_total", 0, 3), ("cache_misses_total", 0, 3)]
        #expect(try scene.report().unmeasured.contains { $0.id == "app.hit" && $0.reason.contains("too few") })
        scene.series = []
        #expect(try scene.report().unmeasured.contains { $0.id == "app.hit" && $0.reason.contains("no pair") })
    }

    @Test func errors() throws {
        var scene = MetricsScene()
        scene.series = [
            ("http_requests_total{code=\"200\"}", 0, 180), ("http_requests_total{code=\"500\",path=\"/a\"}", 5, 25),
            ("http_requests_total{code=\"404\"}", 0, 0),
            // It counts the same answers once more.
            ("http_request_duration_seconds_count{status=\"500\"}", 0, 900),
        ]
        let finding = try #require(try scene.report().findings.first)
        #expect(finding.id == "app.errors" && finding.severity == .critical)
        #expect(finding.evidence.first == Evidence("error_ratio", 0.1, "ratio") && finding.summary.contains("/a"))
        scene.series = [("http_requests_total{code=\"5xx\"}", 0, 20), ("http_requests_total{code=\"2xx\"}", 0, 20)]
        #expect(try scene.report().findings.first?.evidence.first?.value == 0.5)
        scene.series = [("http_requests_total", 0, 2000)]
        #expect(
            try scene.report().unmeasured.contains { $0.id == "app.errors" && $0.reason.contains("by their status") })
    }

    @Test("a limit that is no bucket bound warns, and says between which it is")
    func bounds() throws {
        var scene = MetricsScene()
        scene.selection = try Self.selection("rpc_duration_seconds=p90:300ms")
        scene.add("rpc_duration_seconds", buckets: [("0.25", 90), ("1", 10), ("+Inf", 0)], sum: 20)
        scene.add("http_request_duration_seconds", buckets: [("0.5", 90), ("1", 10), ("+Inf", 0)], sum: 20)
        let findings = try scene.report().findings
        let finding = try #require(findings.first { $0.id == "app.bounds" })
        #expect(finding.severity == .warning && finding.summary.contains("between 250 ms and 1.00 s"), "\(finding)")
        #expect(findings.count { $0.id == "app.bounds" } == 1)
    }

    @Test("histograms by name, with limits and without")
    func named() throws {
        var scene = MetricsScene()
        scene.selection = try Self.selection("rpc_duration_milliseconds=p90:300ms,queue_size")
        scene.add("rpc_duration_milliseconds", buckets: [("250", 80), ("300", 0), ("500", 20), ("+Inf", 0)], sum: 20)
        scene.add("queue_size", buckets: [("1", 80), ("5", 20), ("+Inf", 0)], sum: 20)
        let finding = try #require(try scene.report().findings.first)
        // Rank 90 is the 10th of 20 between 300 and 500 ms: 400 of 300 ms.
        #expect(finding.id == "app.histogram" && finding.summary.contains("take 400 ms (p90 of 100)"), "\(finding)")
        #expect(finding.evidence.first.map { abs($0.value - 4.0 / 3) < 1e-9 } == true)
        scene.selection = try Self.selection("absent_seconds")
        #expect(
            try scene.report().unmeasured.contains {
                $0.id == "app.histogram" && $0.reason.contains("no histogram absent_seconds")
            })
    }

    @Test("what cannot be measured says why: one scrape, several processes, summaries, native histograms, no time")
    func blind() throws {
        let scene = MetricsScene.healthy()
        var observation = MetricsObservation(address: "x", selection: .guides)
        #expect(observation.report(thresholds: [:]).healthy.isEmpty)
        observation.add(try scene.scrape(true))
        let once = observation.report(thresholds: [:])
        #expect(once.unmeasured.filter { $0.reason.contains("one scrape") }.count == 5, "\(once)")
        for _ in 0..<4 {
            observation.add(try scene.scrape(false))
            observation.add(try scene.scrape(true))
        }
        let several = observation.report(thresholds: [:])
        #expect(several.findings.isEmpty)
        #expect(several.unmeasured.contains { $0.reason.contains("several processes") && $0.id == "app.http" })

        func reason(_ text: String) throws -> String? {
            var observation = MetricsObservation(address: "x", selection: .guides)
            for takenAt in 1...2 as ClosedRange<UInt64> {
                observation.add(
                    try MetricsScrape(
                        Array(text.utf8), syntax: .prometheus, takenAt: takenAt * 1_000_000_000, selection: .guides))
            }
            return observation.report(thresholds: [:]).unmeasured.first { $0.id == "app.http" }?.reason
        }
        let name = "http_request_duration_seconds"
        #expect(try reason("\(name){quantile=\"0.5\"} 3\n\(name)_count 2\n")?.contains("no histogram") == false)
        #expect(
            try reason("# TYPE \(name) summary\n\(name){quantile=\"0.5\"} 3\n\(name)_count 2\n")?.contains("a summary")
                == true)
        #expect(try reason("\(name)_bucket{le=\"+Inf\"} 3\n\(name)_count 3\n")?.contains("native") == true)
        #expect(try reason("\(name)_bucket{le=\"1\"} 3\n\(name)_count 3\n")?.contains("nothing") == true)
        #expect(try reason("up 1\n")?.contains("no histogram") == true)
    }

    @Test("one reset is all that was counted since it")
    func reset() throws {
        var scene = MetricsScene()
        scene.series = [
            ("http_requests_total{code=\"200\"}", 1000, 50), ("http_requests_total{code=\"500\"}", 900, 50),
        ]
        let report = try scene.report()
        #expect(report.findings.first?.evidence.first == Evidence("error_ratio", 0.5, "ratio"))
        #expect(report.facts.contains { $0.name == "resets" })
    }

    @Test("what a service writes into its labels cannot drive a terminal")
    func hostile() throws {
        var scene = MetricsScene()
        scene.add(
            "http_request_duration_seconds", "endpoint=\"\u{1B}[2J\\n\"",
            buckets: [("0.5", 1), ("1", 99), ("+Inf", 0)],
            sum: 90)
        let report = try scene.report()
        #expect(report.findings.count == 1)
        #expect(!"\(report)".unicodeScalars.contains("\u{1B}"))
    }

    @Test("the fragment of a URL names histograms, and what it gets wrong is told")
    func fragments() throws {
        let selection = try Self.selection("a_seconds,b=p99.9:2s,http_request_duration_seconds=200ms,c=5")
        #expect(selection.wanted.count == 6)
        #expect(selection.wanted.last?.limit == MetricsSelection.Limit(quantile: 0.95, value: 5))
        #expect(selection.wanted.first { $0.name == "b" }?.limit?.value == 2)
        let http = try #require(selection.wanted.first)
        #expect(http.isAsked && http.limit == MetricsSelection.Limit(quantile: 0.95, value: 0.2) && http.role == .http)
        for wrong in ["a b", "=3", "a=p95:", "a=p100:1s", "a=1MiB", "a=x95:1s", "a=p95:1:2", "a=-1s", "a=p95:1e999"] {
            #expect(throws: ProbeFailure.self, "\(wrong)") { try Self.selection(wrong) }
        }
    }
}
