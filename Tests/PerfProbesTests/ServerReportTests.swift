import PerfModel
import PerfProbes
import Testing

@Suite struct ServerReportTests {
    private enum BusyCheck: ServerCheck {
        static let id = "test.busy"
        static let resource = Resource.database
        static let explanation = "Is it busy?"
        static let source = "the test"
        static let trap = "none"
        static let threshold = CheckThreshold(10, 20, unit: "count", origin: "proposed")

        static func outcome(of observation: Int?, threshold: CheckThreshold) -> CheckOutcome {
            guard let observation else { return .unmeasured(reason: "nobody counted", remedy: nil) }
            guard threshold.severity(of: Double(observation)) != nil else { return .healthy([]) }
            return .findings([
                finding(Double(observation), "clients", threshold: threshold, summary: "busy", remedies: [])
            ])
        }
    }

    @Test func keepsWhatAChecksSays() {
        var report = ServerReport()
        report.ask(BusyCheck.self, 5, [:])
        report.ask(BusyCheck.self, 15, [:])
        report.ask(BusyCheck.self, nil, [:])
        #expect(report.healthy.map(\.id) == ["test.busy"])
        #expect(report.findings.map(\.severity) == [.warning])
        #expect(report.unmeasured.map(\.reason) == ["nobody counted"])
    }

    @Test func thresholdsOfTheUserWin() {
        var report = ServerReport()
        report.ask(BusyCheck.self, 15, ["test.busy": CheckThreshold(100, unit: "count", origin: "perfdoctor.json")])
        #expect(report.findings.isEmpty)
    }
}
