import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

extension PostgreSQLLiveTests {
    @Test("statements that wait in the server, not in the network, are found; those that do not are not")
    func roundTrips() throws {
        let server = try PostgreSQLLiveServer()
        /// Both at once, as a user asks: the server, and the network to it.
        func report(holding microseconds: UInt32) throws -> ServerReport {
            let relay = try SlowRelay.server(to: UInt16(server.port), holding: microseconds)
            let url = "postgresql://watcher:hunter2@127.0.0.1:\(relay.port)/postgres"
            let targets = [
                try PostgreSQLLook.target("tcp://127.0.0.1:\(relay.port)"), try PostgreSQLLook.target(url),
            ]
            var options = ProbeRun.Options()
            options.rate = 10
            options.count = 20
            options.timeout = .seconds(10)
            let outcome = try ProbeRun(options: options).measure(targets, isStopped: { false }, progress: { _ in })
            return try #require(outcome.measurements.last).report
        }
        let slow = try report(holding: 20_000)
        let finding = try #require(slow.findings.first { $0.id == "pg.rtt" }, "\(slow)")
        #expect(finding.evidence.first.map { $0.name == "rtt_ratio" && $0.value >= 3 } == true, "\(finding)")
        #expect(finding.evidence.contains { $0.name == "select_1_p50" && $0.value >= 20 }, "\(finding)")
        #expect(finding.summary.contains("it waits in the server"))
        let quick = try report(holding: 0)
        // A busy machine may hold back what the relay does not.
        let found = quick.findings.first { $0.id == "pg.rtt" }
        let median = found?.evidence.first { $0.name == "select_1_p50" }?.value ?? 0
        #expect(found == nil || median >= 1, "\(quick)")
    }
}
