import PerfModel
import PerfStatistics
import Testing

@testable import PerfBaselines

@Suite("Comparison with a baseline") struct BaselineComparisonTests {
    private typealias Stored = StoredResults

    private func counter(
        _ before: [Double], _ after: [Double], metric: String = "allocations",
        polarity: MetricSeries.Polarity = .lowerIsBetter, tolerances: [String: Double] = [:]
    ) throws -> GateResult.Comparison {
        let result = Stored.compare(
            Stored.result([Stored.series(metric, .deterministic, after, polarity: polarity)]),
            Stored.result([Stored.series(metric, .deterministic, before, polarity: polarity)]), tolerances: tolerances)
        #expect(result.warnings == [])
        #expect(result.comparisons.count == 1)
        let line = try #require(result.comparisons.first)
        #expect(line.isGated && result.verdict == line.verdict)
        return line
    }

    @Test("counters are compared exactly: one more fails, one less is better")
    func counters() throws {
        let same = try counter([1000, 1000], [1000])
        #expect(same.verdict == .pass && !same.isImproved && same.effectRatio == 1 && same.channel == .counter)
        let more = try counter([1000], [1001])
        #expect(more.verdict == .fail && more.baseline == 1000 && more.head == 1001)
        let less = try counter([1000], [999])
        #expect(less.verdict == .pass && less.isImproved)
        #expect(try counter([1000], [1001], polarity: .higherIsBetter).isImproved)
        #expect(try counter([1000], [999], polarity: .higherIsBetter).verdict == .fail)
        let first = try counter([0], [1])
        #expect(first.verdict == .fail && first.effectRatio == nil)
        #expect(try counter([0], [0]).verdict == .pass)
        #expect(try counter([-5], [-4]).verdict == .fail)
        #expect(try counter([0], [3], metric: "leaks").channel == .leak)
    }

    @Test("a counter's own tolerance is allowed, and no more")
    func counterTolerance() throws {
        let tolerances = ["instructions": 0.001]
        for (after, verdict) in [(100_100.0, GateResult.Verdict.pass), (100_101, .fail)] {
            #expect(try counter([100_000], [after], metric: "instructions", tolerances: tolerances).verdict == verdict)
        }
        #expect(try counter([100_000], [100_001], tolerances: tolerances).verdict == .fail)
        let alike = try counter([100_000], [99_950], metric: "instructions", tolerances: tolerances)
        #expect(!alike.isImproved)
    }

    @Test("counts that vary are judged only where all of them agree")
    func varyingCounters() throws {
        #expect(try counter([979, 980], [980, 979]).verdict == .pass)
        #expect(try counter([979, 980], [980, 981]).verdict == .inconclusive)
        #expect(try counter([979, 980], [981, 982]).verdict == .fail)
        #expect(try counter([979, 980], [978, 977]).isImproved)
        #expect(try counter([1], []).verdict == .invalid)
        #expect(try counter([1], [.nan]).verdict == .invalid)
        #expect(try counter([.infinity], [1]).verdict == .invalid)
    }

    @Test("on another machine counters are compared, timings are not, and that is said")
    func otherMachine() throws {
        let series = [
            Stored.series("allocations", .deterministic, [5]), Stored.series("cpu_time", .sampled, Stored.values(100)),
            Stored.series("wall_time", .sampled, Stored.values(100)), Stored.histogram(count: 100_000),
        ]
        let baseline = Stored.result(series, measuredNoise: 0.005)
        var head = baseline
        #expect(Stored.compare(head, baseline, usualDeviation: 0.005).verdict == .pass)
        head.machine = Stored.machine(class: "x86_64-64cpu")
        var result = Stored.compare(head, baseline)
        #expect(result.comparisons.map(\.verdict) == [.pass, .invalid, .invalid, .invalid])
        #expect(result.comparisons.map(\.isGated) == [true, true, false, true])
        #expect(result.verdict == .invalid)
        #expect(result.warnings.map(\.code) == ["machine_changed"])
        #expect(result.comparisons[1].reason.contains("x86_64-64cpu"))
        head.machine = nil
        result = Stored.compare(head, baseline)
        #expect(result.comparisons.allSatisfy { $0.verdict == .invalid })
        head.machine = Stored.machine(fingerprint: "01")
        result = Stored.compare(head, baseline, usualDeviation: 0.005)
        #expect(result.verdict == .pass && result.warnings.map(\.code) == ["machine_differs", "noise_assumed"])
    }

    @Test("another toolchain, build or workload compares nothing")
    func otherBuild() {
        let baseline = Stored.result(
            [Stored.series("allocations", .deterministic, [5]), Stored.series("cpu_time", .sampled, Stored.values(1))])
        let changes: [(inout BenchmarkResult) -> Void] = [
            { $0.subject.swiftVersion = "6.4" }, { $0.subject.swiftVersion = nil },
            { $0.subject.buildConfiguration = "debug" }, { $0.subject.flags = [] },
            { $0.profile = BenchmarkResult.Profile(name: "large") },
        ]
        var reference = baseline
        reference.profile = BenchmarkResult.Profile(name: "small")
        for change in changes {
            var head = reference
            change(&head)
            let result = Stored.compare(head, reference)
            #expect(result.comparisons.allSatisfy { $0.verdict == .invalid && !$0.reason.isEmpty })
            #expect(result.warnings.map(\.code) == ["baseline_other_build"])
        }
        var (head, old) = (baseline, baseline)
        (head.subject.swiftVersion, old.subject.swiftVersion) = (nil, nil)
        let unknown = Stored.compare(head, old)
        #expect(unknown.warnings.map(\.code).contains("toolchain_unknown"))
        #expect(unknown.comparisons[0].verdict == .pass)
    }

    @Test("what is on one side only, or has changed, is a line of its own and a warning")
    func presence() {
        let parse = Stored.series("allocations", .deterministic, [5])
        let write = Stored.series("allocations", .deterministic, [5], benchmark: "write")
        let missing = Stored.compare(Stored.result([parse]), Stored.result([parse, write]))
        #expect(missing.comparisons.map(\.verdict) == [.pass, .invalid] && missing.verdict == .invalid)
        #expect(missing.comparisons[1].channel == .presence && missing.comparisons[1].id == "json/write")
        #expect(missing.warnings.map(\.code) == ["benchmark_missing"])
        let new = Stored.compare(Stored.result([parse, write]), Stored.result([parse]))
        #expect(new.comparisons.map(\.verdict) == [.pass, .inconclusive] && !new.comparisons[1].isGated)
        #expect(new.verdict == .pass && new.warnings.map(\.code) == ["benchmark_new"])
        let onlyNew = Stored.compare(Stored.result([write]), Stored.result([]))
        #expect(onlyNew.verdict == .inconclusive)
        #expect(Stored.compare(Stored.result([]), Stored.result([])).verdict == .inconclusive)
        let changes: [(inout MetricSeries) -> Void] = [
            { $0.benchmarkVersion = "v2" }, { $0.unit = "ms" }, { $0.kind = .sampled },
            { $0.polarity = .higherIsBetter },
        ]
        for change in changes {
            var changed = parse
            change(&changed)
            let result = Stored.compare(Stored.result([changed]), Stored.result([parse]))
            #expect(result.comparisons.map(\.verdict) == [.invalid])
            #expect(result.comparisons.map(\.channel) == [.presence])
            #expect(result.warnings.map(\.code) == ["benchmark_changed"])
        }
        var unversioned = parse
        unversioned.benchmarkVersion = nil
        let doubt = Stored.compare(Stored.result([unversioned]), Stored.result([parse]))
        #expect(doubt.verdict == .pass && doubt.warnings.map(\.code) == ["benchmark_version_unknown"])
    }

    @Test("a baseline of 31 days warns, one of 30 does not; an unknown or coming time does")
    func age() {
        let series = [Stored.series("allocations", .deterministic, [5])]
        let rows: [(Int64?, [String])] = [
            (Stored.now - 30 * Stored.day, []), (Stored.now - 31 * Stored.day, ["baseline_old"]),
            (nil, ["baseline_age_unknown"]), (Stored.now + 2 * Stored.day, ["baseline_from_future"]),
            (.min, ["baseline_from_future"]), (.max, ["baseline_from_future"]),
        ]
        for (start, codes) in rows {
            var baseline = Stored.result(series)
            baseline.startedAt = start
            #expect(Stored.compare(Stored.result(series), baseline).warnings.map(\.code) == codes)
        }
        var dirty = Stored.result(series)
        dirty.subject.isDirty = true
        #expect(Stored.compare(Stored.result(series), dirty).warnings.map(\.code) == ["baseline_dirty"])
    }
}
