import ArgumentParser
import PerfBaselines
import PerfLinux
import PerfModel
import PerfReports
import PerfSessions

/// Shows one baseline, or what it has been.
struct BaselineShowCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a baseline: n, median and spread of every series, and its objectives; or how it changed.",
        discussion: """
            With --trend, every result that the name has had: from git where baselines are
            files, else from the database. A change is where the results before and after
            are least alike (E-divisive), with three results or more behind it. It says
            what happened, and fails for nothing.
            """)

    /// How a result is shown.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, html
    }

    @Argument(
        help: ArgumentHelp("As 'perfdoctor baseline list' has it; MACHINE-CLASS/NAME is one too.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Of several baselines of the name, that of this machine class.", valueName: "class"))
    var machineClass: String?

    @Flag(help: "Show how the results changed from version to version.")
    var trend = false

    @Option(help: ArgumentHelp("Of a trend, this benchmark alone.", valueName: "benchmark"))
    var benchmark: String?

    @Option(help: ArgumentHelp("Of a trend, this metric alone: cpu_time, peak_rss, ….", valueName: "metric"))
    var metric: String?

    @Option(help: ArgumentHelp("Of a trend, at most so many versions, the newest; 500 unless given.", valueName: "n"))
    var last: Int?

    @OptionGroup var options: BaselineStoreOptions

    @Option(help: ArgumentHelp("text or json; html for a trend.", valueName: "format"))
    var format = Format.text

    func validate() throws {
        guard trend || (benchmark == nil && metric == nil && last == nil && format != .html) else {
            throw ValidationError("--benchmark, --metric, --last and --format html go with --trend")
        }
        if let last, !(1...10_000).contains(last) {
            throw ValidationError("--last must be from 1 to 10000, not \(last)")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        guard !trend else { return try showTrend(in: context) }
        let baseline = try options.opened().load(name: name, machineClass: machineClass)
        switch format {
        case .json: try context.output.write(try BenchmarkDocument.encoded(baseline.result))
        default:
            let text = BaselineReportText(
                baseline, now: WallClock.nanosecondsSince1970(), usesColor: context.usesColor)
            try context.output.write(Array(text.text.utf8))
        }
        return .success
    }

    private func showTrend(in context: CommandContext) throws -> PerfModel.ExitCode {
        let store = try options.opened()
        var builder = TrendBuilder()
        let current = try store.load(name: name, machineClass: machineClass)
        var warnings: [Warning] = []
        let limit = last ?? 500
        if store is FileBaselineStore {
            warnings = try BaselineFileHistory(of: current).add(to: &builder, limit: limit)
        } else {
            try store.versions(of: current.name, machineClass: current.machineClass, limit: limit) { builder.add($0) }
        }
        var trend = builder.trend(
            name: current.name, machineClass: current.machineClass, benchmark: benchmark, metric: metric)
        guard !trend.series.isEmpty else {
            throw UnknownSeriesError(
                baseline: current.name, benchmark: benchmark, metric: metric, benchmarks: builder.benchmarks,
                metrics: builder.metrics)
        }
        trend.warnings += warnings
        switch format {
        case .json:
            try context.output.write(
                TrendDocument.encoded(
                    trend, host: HostDescription.current(), time: WallClock.nanosecondsSince1970()))
        case .html: try context.output.write(TrendPage.bytes(of: trend))
        case .text:
            let text = TrendText(trend, columns: context.outputColumns ?? 100, usesColor: context.usesColor)
            try context.output.write(Array(text.text.utf8))
        }
        return .success
    }
}

/// A trend of what was never measured.
struct UnknownSeriesError: UserFacingError, Hashable {
    var baseline: String
    var benchmark: String?
    var metric: String?
    /// What was measured.
    var benchmarks: [String]
    var metrics: [String]

    var summary: String {
        guard !benchmarks.isEmpty else { return "the baseline '\(baseline.printable)' holds no measurements" }
        let wanted = [metric.map { "metric '\($0)'" }, benchmark.map { "benchmark '\($0)'" }].compactMap { $0 }
        return "no version of '\(baseline.printable)' has \(wanted.joined(separator: " of ").printable)"
    }

    var remedy: String? {
        if let benchmark, let near = NearestName.of(benchmark, among: benchmarks) {
            return "did you mean '\(near.printable)'?"
        }
        if let metric, let near = NearestName.of(metric, among: metrics) { return "did you mean '\(near.printable)'?" }
        return "perfdoctor baseline show \(baseline.printable)"
    }
    var exitCode: PerfModel.ExitCode { .usage }
}
