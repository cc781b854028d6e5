import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// A target that is asked on a schedule while its server is looked into, as a probe does it.
struct RedisLook {
    let report: ServerReport
    let latencies: [UInt64]
    let client: ClientLatency

    /// - Parameters:
    ///   - url: of the target.
    ///   - seconds: to ask for.
    ///   - rate: questions a second.
    ///   - thresholds: instead of the checks' own.
    ///   - fault: what happens meanwhile, on a thread of its own.
    /// - Throws: when the target cannot be asked.
    init(
        _ url: String, seconds: Double = 1.3, rate: Double = 200, thresholds: [String: CheckThreshold] = [:],
        during fault: @escaping @Sendable () -> Void = {}
    ) throws {
        let target = try #require(
            try RedisTarget.targets(of: ServerURL(url), environment: { _ in nil }, before: Self.soon(5)).first)
        let prober = try target.connect(before: Self.soon(5))
        let observer = try #require(target.observer())
        try observer.begin(before: Self.soon(5))
        let thread = RedisTestThread(fault)
        let start = MonotonicClock.nanoseconds
        var latencies: [UInt64] = []
        let interval = UInt64(1e9 / rate)
        for index in 0..<UInt64(seconds * rate) {
            let intended = start + index * interval
            let now = MonotonicClock.nanoseconds
            if now < intended { usleep(UInt32((intended - now) / 1000)) }
            latencies.append(try prober.ask(before: Self.soon(5)).receivedAt - intended)
            if index % UInt64(rate) == UInt64(rate) - 1 { observer.look(before: Self.soon(5)) }
        }
        thread.join()
        let sorted = latencies.sorted()
        client = ClientLatency(
            median: sorted[sorted.count / 2], p99: sorted[sorted.count * 99 / 100], count: sorted.count, network: nil)
        self.latencies = latencies
        report = observer.finish(before: Self.soon(10), client: client, thresholds: thresholds)
    }

    /// Of times that depend on what else this machine does.
    static let patient = [
        "rd.rtt": CheckThreshold(60_000, unit: "milliseconds", origin: "test"),
        "rd.split": CheckThreshold(
            60_000, unit: "milliseconds", origin: "test", conditions: ["p99_milliseconds": 60_000]),
        "rd.slow": CheckThreshold(60_000, unit: "milliseconds", origin: "test", conditions: ["busy_ratio": 2]),
    ]

    static func soon(_ seconds: Double) -> UInt64 { MonotonicClock.nanoseconds + UInt64(seconds * 1e9) }

    func findings(_ id: String) -> [Finding] { report.findings.filter { $0.id == id } }
    func isHealthy(_ id: String) -> Bool { report.healthy.contains { $0.id == id } }
    func reason(_ id: String) -> String? { report.unmeasured.first { $0.id == id }?.reason }
    func fact(_ name: String) -> String? { report.facts.first { $0.name == name }?.value }

    /// All that a report could print.
    var text: String { "\(report)" }
}
