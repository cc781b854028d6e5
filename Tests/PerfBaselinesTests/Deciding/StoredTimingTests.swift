import Glibc
import PerfModel
import PerfStatistics
import Testing

@testable import PerfBaselines

@Suite("Timings beside a baseline") struct StoredTimingTests {
    private typealias Stored = StoredResults

    private func timing(
        ratio: Double, measuredNoise: Double?, metric: String = "cpu_time",
        polarity: MetricSeries.Polarity = .lowerIsBetter
    ) throws -> GateResult.Comparison {
        let result = Stored.compare(
            Stored.result([Stored.series(metric, .sampled, Stored.values(100 * ratio), polarity: polarity)]),
            Stored.result(
                [Stored.series(metric, .sampled, Stored.values(100), polarity: polarity)], measuredNoise: measuredNoise)
        )
        #expect(result.warnings.map(\.code) == (measuredNoise == nil ? ["noise_assumed"] : []))
        return try #require(result.comparisons.first)
    }

    @Test("stored timings fail, pass or stay open as the noise between sessions allows")
    func sampled() throws {
        for (ratio, noise, verdict) in [
            (1.5, nil, GateResult.Verdict.fail), (1.05, nil, .inconclusive), (1, nil, .inconclusive),
            (0.8, nil, .pass), (1.05, 0.005, .fail), (1, 0.005, .pass), (1.03, 0.02, .inconclusive),
        ] as [(Double, Double?, GateResult.Verdict)] {
            let line = try timing(ratio: ratio, measuredNoise: noise)
            #expect(line.verdict == verdict, "\(ratio) \(line)")
            let interval = try #require(line.interval)
            #expect(interval.contains(ratio) && abs((line.effectRatio ?? 0) - ratio) < 0.01)
            #expect(try #require(line.detectableRatio) > 1.01)
        }
        let (less, more) = (
            try timing(ratio: 0.8, measuredNoise: 0.005),
            try timing(ratio: 1.2, measuredNoise: 0.005, polarity: .higherIsBetter)
        )
        #expect(less.isImproved && more.isImproved)
        #expect(try timing(ratio: 0.8, measuredNoise: 0.005, polarity: .higherIsBetter).verdict == .fail)
        let wall = try timing(ratio: 1.5, measuredNoise: nil, metric: "wall_time")
        #expect(!wall.isGated && wall.verdict == .fail)
    }

    @Test("the noise of two copies is the standard deviation of the logarithm of their ratio")
    func controlNoise() throws {
        let noise = BenchmarkResult.Noise(control: [1.0, 1.02, 0.99, 1.01].map { MeasuredPair(base: 7, head: 7 * $0) })
        // numpy.std(numpy.log([1, 1.02, 0.99, 1.01]), ddof=1)
        #expect(abs(try #require(noise.deviation) - 0.012846712307744895) < 1e-9)
        #expect(noise.runs == 4)
        for odd in [0, -1, .nan, .infinity] as [Double] {
            #expect(
                BenchmarkResult.Noise(control: Array(repeating: MeasuredPair(base: odd, head: 1), count: 5)).deviation
                    == nil)
        }
        #expect(BenchmarkResult.Noise(control: []).deviation == nil)
    }

    @Test("other metrics than CPU time have at least the usual noise")
    func otherMetrics() throws {
        #expect(try timing(ratio: 1.05, measuredNoise: 0.005).verdict == .fail)
        for (ratio, verdict) in [(1.05, GateResult.Verdict.inconclusive), (1.5, .fail)] {
            let result = Stored.compare(
                Stored.result(
                    [Stored.series("throughput", .sampled, Stored.values(100 * ratio))], measuredNoise: 0.005),
                Stored.result([Stored.series("throughput", .sampled, Stored.values(100))]))
            #expect(result.comparisons.map(\.verdict) == [verdict])
            #expect(result.warnings.map(\.code) == ["noise_assumed"])
        }
    }

    @Test("a single figure is never judged; of a foreign report it does not gate either")
    func singleFigures() throws {
        var figure = Stored.series("cpu_time", .sampled, [])
        figure.summary = MetricSeries.Summary(count: 1, mean: 100)
        for series in [figure, Stored.series("cpu_time", .sampled, [100])] {
            let baseline = Stored.result([Stored.series("cpu_time", .sampled, Stored.values(10))])
            var head = Stored.result([series])
            let own = try #require(Stored.compare(head, baseline).comparisons.first)
            #expect(own.verdict == .inconclusive && own.isGated && own.head == 100)
            head.provenance = BenchmarkResult.Provenance(importedFrom: "guide")
            let foreign = Stored.compare(head, baseline)
            #expect(foreign.comparisons.map(\.isGated) == [false])
            #expect(foreign.verdict == .inconclusive)
        }
    }

    @Test("zero, negative and senseless timings are never a silent pass")
    func oddValues() throws {
        func verdict(_ before: [Double], _ after: [Double]) throws -> GateResult.Verdict {
            let result = Stored.compare(
                Stored.result([Stored.series("cpu_time", .sampled, after)], measuredNoise: 0.001),
                Stored.result([Stored.series("cpu_time", .sampled, before)]))
            return try #require(result.comparisons.first).verdict
        }
        let zeros = Array(repeating: 0.0, count: 20)
        let ten = Array(repeating: 10.0, count: 20)
        #expect(try verdict(zeros, zeros) == .pass)
        #expect(try verdict(zeros, ten) == .inconclusive)
        #expect(try verdict(ten, zeros) == .inconclusive)
        #expect(try verdict(ten + [0], ten + [0]) == .pass)
        #expect(try verdict(ten + [0], ten.map { $0 * 2 } + [0]) == .fail)
        #expect(try verdict(ten, ten + [.nan]) == .invalid)
        #expect(try verdict(ten + [.infinity], ten) == .invalid)
        #expect(try verdict(ten, ten + [-1]) == .invalid)
        #expect(try verdict([10, 10], [20, 20]) == .inconclusive)
    }

    @Test("quantiles of histograms are compared where there are values enough beyond them")
    func histograms() throws {
        func lines(_ head: MetricSeries, noise: Double = 0.005) -> [GateResult.Comparison] {
            Stored.compare(
                Stored.result([head], measuredNoise: 0.001), Stored.result([Stored.histogram(count: 100_000)]),
                usualDeviation: noise
            ).comparisons
        }
        let same = lines(Stored.histogram(count: 100_000))
        #expect(same.map(\.metric) == ["latency p50", "latency p95", "latency p99"])
        #expect(same.allSatisfy { $0.verdict == .pass && $0.isGated && $0.count == 100_000 && $0.effectRatio == 1 })
        #expect(same.map(\.head) == [500_000, 950_000, 990_000])
        #expect(lines(Stored.histogram(count: 100_000, scale: 1.2)).allSatisfy { $0.verdict == .fail })
        #expect(lines(Stored.histogram(count: 100_000, scale: 0.8)).allSatisfy { $0.isImproved })
        #expect(lines(Stored.histogram(count: 100_000), noise: 0.2).allSatisfy { $0.verdict == .inconclusive })
        var few = Stored.histogram(count: 1000)
        few.histogram?.counts.removeLast(300)
        let short = lines(few)
        #expect(short.map(\.isGated) == [true, true, false])
        #expect(short[2].verdict == .inconclusive && short[2].reason.contains("1000 values"))
        few.histogram = nil
        #expect(lines(few).map(\.verdict) == [.inconclusive])
        few.histogram = LatencyHistogram(significantDigits: 3, lowest: 0, highest: 9, counts: [])
        #expect(lines(few).allSatisfy { $0.verdict == .inconclusive })
        few.histogram?.counts = (0..<5).map { LatencyHistogram.Bucket(value: $0, count: .max) }
        #expect(lines(few).count == 3)
    }

    /// The noise between sessions is what the results say it is, and differs in every run; runs have noise of their own.
    @Test("stored timings fail and pass wrongly no more often than their levels say (simulated, fixed seed)")
    func errorRates() {
        var noise = Noise(seed: 21)
        let runs = 2000
        func rate(of ratio: Double, _ verdict: GateResult.Verdict) -> Int {
            (0..<runs).count { _ in
                func session(_ typical: Double) -> BenchmarkResult {
                    let level = typical * exp(0.02 / 2.0.squareRoot() * noise.normal())
                    let values = (0..<15).map { _ in level * exp(0.01 * noise.normal()) }
                    return Stored.result([Stored.series("cpu_time", .sampled, values)], measuredNoise: 0.02)
                }
                return Stored.compare(session(ratio), session(1)).verdict == verdict
            }
        }
        let (falseAlarms, missed) = (rate(of: 1.01, .fail), rate(of: 1.05, .pass))
        #expect(BinomialInterval.lowerBound(count: falseAlarms, of: runs, level: 0.001) <= 0.01)
        #expect(BinomialInterval.lowerBound(count: missed, of: runs, level: 0.001) <= 0.05)
        #expect(rate(of: 1.2, .fail) > runs * 9 / 10)
    }

    @Test("any results give lines with finite numbers and reasons (fixed seed)")
    func fuzz() {
        var random = SplitMix64(seed: 5)
        let odd: [Double] = [0, 1, -1, .nan, .infinity, 1e300, -1e300, 1e-300, .greatestFiniteMagnitude]
        for _ in 0..<2000 {
            func result() -> BenchmarkResult {
                let series = (0..<Int.random(in: 0...4, using: &random)).map { index in
                    let count = Int.random(in: 0...12, using: &random)
                    var series = Stored.series(
                        "cpu_time", MetricSeries.Kind.allCases.randomElement(using: &random) ?? .sampled,
                        (0..<count).map { _ in odd.randomElement(using: &random) ?? 0 }, benchmark: "\(index)",
                        polarity: MetricSeries.Polarity.allCases.randomElement(using: &random) ?? .lowerIsBetter)
                    if Bool.random(using: &random) {
                        series.histogram = LatencyHistogram(
                            significantDigits: Int.random(in: -3...9, using: &random), lowest: 0, highest: 1,
                            counts: (0..<count).map { _ in
                                LatencyHistogram.Bucket(
                                    value: Int64.random(in: .min ... .max, using: &random),
                                    count: Int64.random(in: .min ... .max, using: &random))
                            })
                    }
                    return series
                }
                return Stored.result(series, measuredNoise: odd.randomElement(using: &random))
            }
            let comparison = Stored.compare(result(), result())
            for line in comparison.comparisons {
                #expect(!line.reason.isEmpty)
                let numbers = [
                    line.baseline, line.head, line.effectRatio, line.detectableRatio, line.interval?.lowerBound,
                    line.interval?.upperBound,
                ]
                #expect(numbers.allSatisfy { $0?.isFinite ?? true }, "\(numbers) \(line.reason)")
            }
        }
    }
}
