import PerfClients
import PerfLinux
import PerfModel
import Synchronization
import Testing

@testable import PerfProbes

/// Services that serve metrics which change, end, stall, or are none.
@Suite("Metrics, live", .serialized, .timeLimit(.minutes(15)))
struct MetricsLiveTests {
    /// A service's metrics after so many scrapes: each adds 20 requests, one in ten of them slow.
    static func exposition(_ number: Int, isOpenMetrics: Bool = false) -> String {
        let name = "http_request_duration_seconds"
        let count = 20 * number
        return """
            # TYPE \(name) histogram
            \(name)_bucket{method="GET",le="0.1"} \(count / 10 * 9)
            \(name)_bucket{method="GET",le="0.5"} \(count / 10 * 9)
            \(name)_bucket{method="GET",le="1.0"} \(count)
            \(name)_bucket{method="GET",le="+Inf"} \(count)
            \(name)_sum{method="GET"} \(count)
            \(name)_count{method="GET"} \(count)
            # TYPE cache_hits counter
            cache_hits_total \(90 * number)
            # TYPE cache_misses counter
            cache_misses_total \(10 * number)
            \(isOpenMetrics ? "# EOF\n" : "")
            """
    }

    static func soon(_ seconds: Double = 5) -> UInt64 { MonotonicClock.nanoseconds + UInt64(seconds * 1e9) }

    static func target(_ server: MetricsTestServer, _ rest: String = "/metrics") throws -> any ProbeTarget {
        let url = try ServerURL("metrics+http://127.0.0.1:\(server.port)\(rest)")
        return try #require(try MetricsTarget.targets(of: url, before: soon()).first)
    }

    /// Asks a few times as a probe does, and gives the report.
    static func look(_ server: MetricsTestServer, _ rest: String = "/metrics", asks: Int = 3) throws -> ServerReport {
        try server.serving {
            let target = try target(server, rest)
            let prober = try target.connect(before: soon())
            let observer = try #require(target.observer())
            try observer.begin(before: soon())
            for _ in 0..<asks {
                do throws(ProbeFailure) { _ = try prober.ask(before: soon()) } catch {
                    #expect(error.isConnectionUsable, "\(error)")
                }
                observer.look(before: soon())
            }
            let client = ClientLatency(median: nil, p99: nil, count: asks, network: nil)
            return observer.finish(before: soon(), client: client, thresholds: [:])
        }
    }

    @Test(
        "a histogram that grows gives quantiles of what came between the scrapes, in both formats",
        arguments: [false, true])
    func growing(isOpenMetrics: Bool) throws {
        let server = try MetricsTestServer { number, request in
            #expect(request.lowercased().contains("accept: application/openmetrics-text"))
            return .init(
                contentType: isOpenMetrics
                    ? "application/openmetrics-text; version=1.0.0" : "text/plain; version=0.0.4",
                body: Self.exposition(number + 10, isOpenMetrics: isOpenMetrics))
        }
        let report = try Self.look(server)
        // Five scrapes, 80 requests between them: rank 76 is the 4th of 8 between 0.5 and 1 s.
        let finding = try #require(report.findings.first { $0.id == "app.http" })
        #expect(finding.evidence.first == Evidence("p95", 0.75, "seconds"), "\(report)")
        #expect(finding.summary.contains("(p95 of 80)"))
        #expect(report.healthy.contains { $0.id == "app.hit" && $0.evidence.first?.value == 0.1 })
        #expect(server.requests.count == 5)
    }

    @Test("a service that begins anew is counted from there; one that changes with each scrape is several")
    func resets() throws {
        let restarted = try MetricsTestServer { number, _ in
            .init(body: Self.exposition(number < 2 ? number + 100 : number))
        }
        let report = try Self.look(restarted, asks: 8)
        #expect(report.facts.contains { $0.name == "resets" })
        #expect(report.findings.contains { $0.id == "app.http" })
        let several = try MetricsTestServer { number, _ in
            .init(body: Self.exposition(number.isMultiple(of: 2) ? 100 : 50))
        }
        #expect(
            try Self.look(several).unmeasured.contains {
                $0.id == "app.http" && $0.reason.contains("several processes")
            })
    }

    @Test("garbage, errors and redirects are failures that say what is wrong, and the connection goes on")
    func faults() throws {
        func failure(_ reply: MetricsTestServer.Reply) throws -> ProbeFailure? {
            let server = try MetricsTestServer { _, _ in reply }
            return try server.serving {
                let prober = try Self.target(server).connect(before: Self.soon())
                return #expect(throws: ProbeFailure.self) { try prober.ask(before: Self.soon()) }
            }
        }
        let page = try failure(.init(contentType: "text/html", body: "<!DOCTYPE html>\n<html>"))
        #expect(page?.kind == .garbage && page?.summary.contains("line 1") == true && page?.isConnectionUsable == true)
        let missing = try failure(.init(status: "404 Not Found", body: "no"))
        #expect(missing?.kind == .errorAnswer && missing?.summary.contains("status 404") == true)
        #expect(missing?.remedy?.contains("/metrics") == true)
        let closed = try failure(.init(status: "401 Unauthorized"))
        #expect(closed?.remedy?.contains("user") == true)
        let cut = try failure(
            .init(contentType: "application/openmetrics-text; version=1.0.0", body: Self.exposition(1)))
        #expect(cut?.summary.contains("cut off") == true)
    }

    @Test("garbage in the middle is told, and the rest is measured")
    func garbageBetween() throws {
        let server = try MetricsTestServer { number, _ in
            .init(body: number == 2 ? "oops!\n" : Self.exposition(number + 10))
        }
        #expect(try Self.look(server).findings.contains { $0.id == "app.http" })
    }

    @Test("a service that stalls in the middle of its metrics does not keep us")
    func stall() throws {
        let server = try MetricsTestServer { _, _ in .init(body: Self.exposition(5), stallsAfter: 40) }
        try server.serving {
            let prober = try Self.target(server).connect(before: Self.soon())
            let failure = #expect(throws: ProbeFailure.self) { try prober.ask(before: Self.soon(0.3)) }
            #expect(failure?.kind == .timedOut)
        }
    }

    @Test("a URL without a path asks for /metrics, and what follows the # is not sent")
    func paths() throws {
        let server = try MetricsTestServer { number, _ in .init(body: Self.exposition(number)) }
        try server.serving {
            for rest in ["", "/", "/a?b=c#rpc_duration_seconds=p95:1s", "/metrics#x"] {
                let prober = try Self.target(server, rest).connect(before: Self.soon())
                _ = try prober.ask(before: Self.soon())
            }
        }
        let lines = server.requests.map { $0.prefix { $0 != "\r" && $0 != "\r\n" } }
        #expect(lines.map { $0.split(separator: " ")[1] } == ["/metrics", "/metrics", "/a?b=c", "/metrics"])
        #expect(throws: ProbeFailure.self) { try Self.target(server, "/metrics#a=b") }
    }

    @Test("a probe scrapes once a second at most, and credentials are sent and not shown")
    func probe() throws {
        let server = try MetricsTestServer { number, request in
            request.contains("Authorization: Basic") ? .init(body: Self.exposition(number)) : .init(status: "401 No")
        }
        try server.serving {
            let url = try ServerURL("metrics+http://me:hunter2@127.0.0.1:\(server.port)/metrics")
            let targets = try MetricsTarget.targets(of: url, before: Self.soon())
            var options = ProbeRun.Options()
            options.rate = 200
            options.duration = .seconds(2)
            let outcome = try ProbeRun(options: options).measure(targets, isStopped: { false }, progress: { _ in })
            let one = try #require(outcome.measurements.first)
            #expect(one.sent == 2 && one.received == 2, "\(one.failures)")
            #expect(one.report.findings.contains { $0.id == "app.http" })
            #expect(!"\(one)".contains("hunter2") && one.url.contains("me:***@"))
        }
        // Two to warm up, one and one of the observer, two that count.
        #expect(server.requests.count == 6)
    }

    @Test("key metrics of a service: what it did in the last seconds")
    func keyMetrics() throws {
        let server = try MetricsTestServer { number, _ in .init(body: Self.exposition(number * 5)) }
        try server.serving {
            let reader = try #require(try Self.target(server).keyMetricReader())
            let first = try reader.read(before: Self.soon())
            #expect(first[.apiLatency]?.value == nil)
            let second = try reader.read(before: Self.soon())
            let api = try #require(second[.apiLatency]?.value)
            #expect(api.main == KeyReading.Figure("p95", 0.75) && api.others.map(\.name) == ["p50", "p99"])
            #expect(second[.errorRate]?.value == nil && second[.databaseTime]?.value == nil)
        }
    }
}
