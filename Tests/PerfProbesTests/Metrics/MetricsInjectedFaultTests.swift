import PerfModel
import Testing

@testable import PerfProbes

extension MetricsLiveTests {
    /// What a service says of its requests between scrapes when one thing is wrong with it, and when nothing is.
    struct Fault: Sendable, CustomTestStringConvertible {
        var check: String
        var severity: Severity
        /// What is asked for behind the address.
        var rest = "/metrics"
        /// The exposition after so many scrapes.
        var sick: @Sendable (Int) -> String
        var healthy: @Sendable (Int) -> String

        var testDescription: String { check }
    }

    /// A histogram of 40 more requests with each scrape, all in the bucket that ends at `bound`.
    private static func histogram(
        _ name: String, bounds: [String], in bound: String, seconds: Double, _ number: Int
    ) -> String {
        let count = 40 * number
        var isReached = false
        let buckets = (bounds + ["+Inf"]).map { limit in
            isReached = isReached || limit == bound
            return "\(name)_bucket{le=\"\(limit)\"} \(isReached ? count : 0)"
        }
        return
            (["# TYPE \(name) histogram"] + buckets
            + ["\(name)_sum \(Double(count) * seconds)", "\(name)_count \(count)", ""]).joined(separator: "\n")
    }

    private static func answers(failed: Int, _ number: Int) -> String {
        """
        # TYPE http_requests counter
        http_requests_total{status="200"} \((40 - failed) * number)
        http_requests_total{status="503"} \(failed * number)

        """
    }

    static let faults: [Fault] = [
        Fault(
            check: "app.db", severity: .warning,
            sick: { histogram("db_query_duration_seconds", bounds: ["0.1", "1"], in: "1", seconds: 0.3, $0) },
            healthy: { histogram("db_query_duration_seconds", bounds: ["0.1", "1"], in: "0.1", seconds: 0.02, $0) }),
        Fault(
            check: "app.llm", severity: .warning,
            sick: { histogram("llm_call_duration_seconds", bounds: ["1", "10", "30"], in: "30", seconds: 20, $0) },
            healthy: { histogram("llm_call_duration_seconds", bounds: ["1", "10", "30"], in: "1", seconds: 0.5, $0) }),
        Fault(
            check: "app.errors", severity: .critical,
            sick: { answers(failed: 10, $0) }, healthy: { answers(failed: 0, $0) }),
        Fault(
            check: "app.bounds", severity: .warning, rest: "/metrics#rpc_duration_seconds=p90:300ms",
            sick: { histogram("rpc_duration_seconds", bounds: ["0.25", "1"], in: "0.25", seconds: 0.1, $0) },
            healthy: { histogram("rpc_duration_seconds", bounds: ["0.25", "0.3", "1"], in: "0.25", seconds: 0.1, $0) }),
        Fault(
            check: "app.histogram", severity: .warning, rest: "/metrics#rpc_duration_seconds=p90:300ms",
            sick: { histogram("rpc_duration_seconds", bounds: ["0.3", "0.4"], in: "0.4", seconds: 0.35, $0) },
            healthy: { histogram("rpc_duration_seconds", bounds: ["0.3", "0.4"], in: "0.3", seconds: 0.1, $0) }),
    ]

    @Test("what goes wrong in a service between two scrapes is found, and nothing else", arguments: faults)
    func injected(fault: Fault) throws {
        let sick = try MetricsTestServer { number, _ in .init(body: fault.sick(number + 1)) }
        let report = try Self.look(sick, fault.rest)
        #expect(report.findings.map(\.id) == [fault.check], "\(report)")
        #expect(report.findings.first?.severity == fault.severity, "\(report)")
        let healthy = try MetricsTestServer { number, _ in .init(body: fault.healthy(number + 1)) }
        let well = try Self.look(healthy, fault.rest)
        #expect(well.findings.isEmpty && well.healthy.contains { $0.id == fault.check }, "\(well)")
    }
}
