import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// A target that is asked on a schedule while its server is looked at, as a probe does it.
struct HTTPLook {
    let report: ServerReport
    let measurement: ProbeMeasurement

    /// - Parameters:
    ///   - url: of the target.
    ///   - count: questions.
    ///   - rate: questions a second.
    ///   - timeout: of each of them.
    ///   - environment: variables.
    /// - Throws: when it cannot be asked.
    init(
        _ url: String, count: Int = 30, rate: Double = 200, timeout: Duration = .seconds(3),
        environment: [String: String] = [:]
    ) throws {
        let targets = try HTTPTarget.targets(
            of: ServerURL(url), environment: { environment[$0] }, before: Self.soon(5))
        var options = ProbeRun.Options()
        options.rate = rate
        options.count = count
        options.timeout = timeout
        let outcome = try ProbeRun(options: options).measure(
            [try #require(targets.first)], isStopped: { false }, progress: { _ in })
        measurement = try #require(outcome.measurements.first)
        report = measurement.report
    }

    static func soon(_ seconds: Double) -> UInt64 { MonotonicClock.nanoseconds + UInt64(seconds * 1e9) }

    func findings(_ id: String) -> [Finding] { report.findings.filter { $0.id == id } }
    func isHealthy(_ id: String) -> Bool { report.healthy.contains { $0.id == id } }
    func reason(_ id: String) -> String? { report.unmeasured.first { $0.id == id }?.reason }
    func fact(_ name: String) -> String? { report.facts.first { $0.name == name }?.value }

    /// All that could be printed.
    var text: String { "\(report) \(measurement.failures) \(measurement.reason ?? "") \(measurement.url)" }

    /// The failure to ask once.
    static func failure(
        _ url: String, seconds: Double = 2, environment: [String: String] = [:]
    ) throws -> ProbeFailure {
        let failure = #expect(throws: ProbeFailure.self) {
            let target = try #require(
                try HTTPTarget.targets(of: ServerURL(url), environment: { environment[$0] }, before: soon(seconds))
                    .first)
            _ = try target.connect(before: soon(seconds)).ask(before: soon(seconds))
        }
        return try #require(failure)
    }
}
