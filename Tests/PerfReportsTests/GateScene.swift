import PerfBaselines
import PerfModel
import PerfReports

/// Results of gates with known content.
enum GateScene {
    static let machine = BenchmarkMachine(
        host: HostDescription(
            name: "ci-7", os: "Debian 12", kernel: "6.1", architecture: "x86_64", cpuModel: "Xeon", cpuCount: 2,
            memoryBytes: 24 << 30),
        machineClass: "x86_64-2cpu-24gib", fingerprint: "00ff", virtualization: "kvm", hasPMU: false, container: nil)

    /// A regression with its cause, beside an improvement and what could not be decided.
    static func failure(layout: Report.Layout = Report.Layout(width: 120, usesColor: false)) -> GateReport {
        typealias Comparison = GateResult.Comparison
        let result = GateResult(
            verdict: .fail, summary: "json/parse takes 5.2% more CPU time",
            comparisons: [
                Comparison(
                    id: "json/render", metric: "cpu_time", unit: "ns", channel: .sampled, verdict: .pass,
                    baseline: 20_000_000, head: 20_010_000, effectRatio: 1.0005, interval: 0.995...1.006, count: 30,
                    detectableRatio: 1.012, reason: "at most 0.6% slower"),
                Comparison(
                    id: "json/parse", metric: "cpu_time", unit: "ns", channel: .sampled, verdict: .fail,
                    baseline: 12_300_000, head: 12_940_000, effectRatio: 1.052, interval: 1.041...1.063, count: 30,
                    detectableRatio: 1.013, reason: "slower by at least 4.1%, and 1% is tolerated"),
                Comparison(
                    id: "json/parse", metric: "allocations", unit: "count", channel: .counter, verdict: .fail,
                    baseline: 1204, head: 1301, effectRatio: 1301.0 / 1204, count: 1,
                    reason: "1,301 instead of 1,204, in every run"),
                Comparison(
                    id: "json/walk[size=10]", metric: "cpu_time", unit: "ns", channel: .sampled, verdict: .inconclusive,
                    baseline: 900_000, head: 930_000, effectRatio: 1.033, interval: 0.98...1.09, count: 200,
                    detectableRatio: 1.08, reason: "between 2.0% faster and 9.0% slower after 200 pairs"),
                Comparison(
                    id: "json/sort", metric: "cpu_time", unit: "ns", channel: .sampled, verdict: .pass,
                    baseline: 5_000_000, head: 4_000_000, effectRatio: 0.8, interval: 0.79...0.81, count: 15,
                    detectableRatio: 1.01, isImproved: true, reason: "faster by at least 19%"),
                Comparison(
                    id: "json/sort", metric: "wall_time", unit: "ns", channel: .sampled, verdict: .fail, isGated: false,
                    baseline: 5_100_000, head: 5_900_000, effectRatio: 1.157, interval: 1.02...(.infinity), count: 15,
                    reason: "reported only"),
                Comparison(
                    id: "p95 < 500ms", metric: "", unit: "", channel: .objective, verdict: .invalid, count: 0,
                    reason: "no result says what p95 is"),
            ],
            cause: GateResult.Cause(
                functions: [
                    GateResult.Cause.Part(
                        name: "JSONParser.parse(_:)", deltaRatio: 0.048, file: "Sources/JSON/Parser.swift", line: 42,
                        benchmark: "json/parse"),
                    GateResult.Cause.Part(name: "swift_retain", deltaRatio: 0.0004, benchmark: "json/parse"),
                    GateResult.Cause.Part(
                        name: "JSONParser.skipSpace()", deltaRatio: 0.031, file: "Sources/JSON/Parser.swift", line: 90,
                        benchmark: "json/parse", metric: "instructions"),
                    GateResult.Cause.Part(
                        name: "JSONWalker.walk()", deltaRatio: 0.021, file: "Sources/JSON/Walker.swift", line: 7,
                        benchmark: "json/walk[size=10]"),
                ],
                types: [GateResult.Cause.Part(name: "Array<UInt8>", deltaRatio: 0.11, benchmark: "json/parse")],
                counters: [
                    GateResult.Cause.Counter(
                        name: "allocations", unit: "count", baseline: 1204, head: 1301, benchmark: "json/parse"),
                    GateResult.Cause.Counter(name: "off_cpu_ratio", unit: "ratio", baseline: 0, head: 0.013),
                ]),
            unmeasured: [
                Unmeasured(id: "instructions", reason: "this machine has no counters", remedy: "install valgrind")
            ],
            warnings: [Warning(code: "busy", message: "others used 0.4 CPUs", remedy: "run it on a quiet machine")])
        return GateReport(
            result: result, base: "main (3f2a1c0d)", head: "HEAD (91b2c3d4)", machine: machine,
            startedAt: 1_700_000_000_123_456_789, duration: .milliseconds(42_500),
            pairs: [
                GateReport.Pairs(
                    id: "json/parse", metric: "cpu_time",
                    pairs: (0..<30).map { MeasuredPair(base: 1000, head: Double(1052 + ($0 * 7 % 11 - 5) * 4)) }),
                GateReport.Pairs(
                    id: "json/walk[size=10]", metric: "cpu_time",
                    pairs: [(Double.nan, 1.0), (1, 0), (1, -1), (1, 1), (10, 12), (0, 1)].map {
                        MeasuredPair(base: $0.0, head: $0.1)
                    }),
            ],
            layout: layout)
    }

    /// Programs that are the same, beside one that is new.
    static let unchanged = GateReport(
        result: GateResult(
            verdict: .pass, summary: "nothing changed: both sides run the same bytes with the same arguments",
            comparisons: [
                GateResult.Comparison(
                    id: "json/parse", metric: "", unit: "", channel: .presence, verdict: .pass,
                    reason: "unchanged: both sides run the same bytes with the same arguments"),
                GateResult.Comparison(
                    id: "json/new", metric: "", unit: "", channel: .presence, verdict: .pass, isGated: false,
                    reason: "new: base does not have it"),
            ]), base: "main (3f2a1c0d)", head: "HEAD (91b2c3d4)",
        layout: Report.Layout(width: 100, usesColor: false))

    /// What cannot be told.
    static func inconclusive(isStored: Bool) -> GateReport {
        GateReport(
            result: GateResult(
                verdict: .inconclusive, summary: "parse, CPU time, cannot be told",
                comparisons: [
                    GateResult.Comparison(
                        id: "parse", metric: "cpu_time", unit: "ns", channel: .sampled, verdict: .inconclusive,
                        reason: "too few values to tell"),
                    GateResult.Comparison(
                        id: "p99 < 1s", metric: "", unit: "", channel: .objective, verdict: .inconclusive,
                        reason: "not known: too few requests"),
                ]), base: "a", head: "b", isStored: isStored)
    }

    static let pass = GateReport(
        result: GateResult(verdict: .pass, summary: "nothing got worse", comparisons: []), base: "a", head: "b")

    /// Names that mean something to every format.
    static let hostile: GateReport = {
        let name = "</script>\u{1B}[31m|`@you` %0A::error::x\"<&'>\n\u{2028}]]>"
        return GateReport(
            result: GateResult(
                verdict: .fail, summary: name,
                comparisons: [
                    GateResult.Comparison(
                        id: name, metric: name, unit: name, channel: .sampled, verdict: .fail, baseline: .infinity,
                        head: .nan, effectRatio: .nan, interval: -(.infinity)...(.infinity), count: 3, reason: name)
                ],
                cause: GateResult.Cause(
                    functions: [GateResult.Cause.Part(name: name, deltaRatio: 1e9, file: name, line: -3)],
                    types: [GateResult.Cause.Part(name: name, deltaRatio: -1)],
                    counters: [GateResult.Cause.Counter(name: name, unit: name, baseline: .nan, head: 1)]),
                unmeasured: [Unmeasured(id: name, reason: name, remedy: name)],
                warnings: [Warning(code: name, message: name, remedy: name)]), base: name, head: name)
    }()
}
