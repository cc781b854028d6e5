import PerfStatistics
import Testing

@Suite("Rate comparison") struct RateComparisonTests {
    private func share(_ count: Double, of total: Double) -> RateComparison.Side {
        RateComparison.Side(value: count / total, samples: count, exposure: total)
    }

    private func rate(_ count: Double, per exposure: Double) -> RateComparison.Side {
        RateComparison.Side(value: count / exposure, samples: count, exposure: exposure)
    }

    private static let z95 = 1.959963984540054

    /// The worked examples of Newcombe (1998), table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/20.
    @Test(
        "gives Newcombe's published intervals",
        arguments: [
            (56.0, 70.0, 48.0, 80.0, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1),
            (10, 10, 0, 10, 0.6075, 1),
        ])
    func newcombe(a: Double, m: Double, b: Double, n: Double, low: Double, high: Double) {
        let comparison = RateComparison(before: share(b, of: n), after: share(a, of: m), model: .share)
        let interval = comparison.differenceInterval(z: Self.z95)
        #expect(abs(interval.lowerBound - low) < 6e-5)
        #expect(abs(interval.upperBound - high) < 6e-5)
    }

    @Test("few samples are judged by the exact test: 5 against none is 0.0625")
    func exact() {
        let comparison = RateComparison(before: rate(0, per: 1), after: rate(5, per: 1), model: .rate)
        #expect(abs(comparison.probability - 0.0625) < 1e-12)
        let unequal = RateComparison(before: rate(0, per: 3), after: rate(4, per: 1), model: .rate)
        #expect(abs(unequal.probability - 2 * 0.00390625) < 1e-12)
    }

    @Test("many samples are judged by the score test")
    func score() {
        let comparison = RateComparison(before: rate(1000, per: 1), after: rate(1100, per: 1), model: .rate)
        // 100 / √2100 = 2.18218 standard deviations.
        #expect(abs(comparison.probability - 0.029096) < 1e-5)
    }

    @Test("both directions say the same")
    func mirrored() {
        for model in [RateComparison.Model.share, .rate] {
            let noise = RateComparison.Noise(dispersion: 1.3, runToRun: 0.02)
            let there = RateComparison(
                before: share(120, of: 900), after: share(310, of: 1100), model: model, noise: noise)
            let back = RateComparison(
                before: share(310, of: 1100), after: share(120, of: 900), model: model, noise: noise)
            #expect(abs(there.probability - back.probability) < 1e-15)
            let (left, right) = (there.differenceInterval(z: 2), back.differenceInterval(z: 2))
            #expect(abs(left.lowerBound + right.upperBound) < 1e-12)
            let (first, second) = (there.ratioInterval(z: 2), back.ratioInterval(z: 2))
            #expect(abs(first.lowerBound * second.upperBound - 1) < 1e-9)
        }
    }

    @Test("noise widens the interval and weakens the evidence")
    func noise() {
        let quiet = RateComparison(before: rate(5000, per: 1), after: rate(5500, per: 1), model: .rate)
        let noisy = RateComparison(
            before: rate(5000, per: 1), after: rate(5500, per: 1), model: .rate,
            noise: RateComparison.Noise(runToRun: 0.05))
        #expect(noisy.probability > quiet.probability * 100)
        #expect(noisy.differenceInterval(z: 2).lowerBound < quiet.differenceInterval(z: 2).lowerBound)
    }

    @Test("noise that is an estimate itself widens the interval and weakens the evidence, and can be scaled")
    func estimatedNoise() {
        func comparison(_ noise: RateComparison.Noise) -> RateComparison {
            RateComparison(before: rate(5000, per: 1), after: rate(5500, per: 1), model: .rate, noise: noise)
        }
        let certain = comparison(RateComparison.Noise(runToRun: 0.02))
        let estimated = comparison(RateComparison.Noise(runToRun: 0.02, degreesOfFreedom: 4))
        #expect(estimated.standardError == certain.standardError)
        #expect(estimated.probability > certain.probability)
        // 2.776 instead of 1.96 standard deviations.
        let widths = [certain, estimated].map { $0.difference - $0.differenceInterval(z: Self.z95).lowerBound }
        #expect(abs(widths[1] / widths[0] - 2.776 / 1.96) < 0.03)
        let scaled = comparison(certain.noise.scaled(by: 4, degreesOfFreedom: 9))
        #expect(abs(scaled.standardError / certain.standardError - 2) < 1e-12)
        #expect(scaled.noise.degreesOfFreedom == 9)
    }

    @Test("nothing on either side is no change, and nothing before is no ratio", arguments: [true, false])
    func nothing(isShare: Bool) {
        let model: RateComparison.Model = isShare ? .share : .rate
        let empty = RateComparison.Side(value: 0, samples: 0, exposure: 0)
        #expect(RateComparison(before: empty, after: empty, model: model).probability == 1)
        let new = RateComparison(before: share(0, of: 1000), after: share(50, of: 1000), model: model)
        #expect(new.ratioInterval(z: 2).upperBound == .infinity)
        #expect(new.ratioInterval(z: 2).lowerBound > 5)
        let gone = RateComparison(before: share(50, of: 1000), after: share(0, of: 1000), model: model)
        #expect(gone.ratioInterval(z: 2).lowerBound == 0)
        #expect(gone.ratioInterval(z: 2).upperBound < 0.2)
    }

    /// Of 4,000 intervals 95% hold the truth; three standard deviations of that count are 41.
    @Test("95% of the intervals hold the true difference (simulated, fixed seed)")
    func coverage() {
        var random = SplitMix(state: 11)
        var (shares, rates) = (0, 0)
        for _ in 0..<4_000 {
            let (p, q) = (0.12, 0.15)
            let a = random.binomial(p, of: 800)
            let b = random.binomial(q, of: 1000)
            let one = RateComparison(before: share(a, of: 800), after: share(b, of: 1000), model: .share)
            if one.differenceInterval(z: Self.z95).contains(q - p) { shares += 1 }
            // Rare events are as good as Poisson's.
            let c = random.binomial(0.01, of: 4000)
            let d = random.binomial(0.02, of: 4000)
            let two = RateComparison(before: rate(c, per: 1), after: rate(d, per: 1), model: .rate)
            if two.differenceInterval(z: Self.z95).contains(40) { rates += 1 }
        }
        #expect(abs(shares - 3_800) < 60)
        #expect(abs(rates - 3_800) < 60)
    }

    /// 5% of 8,000 are 400 with a standard deviation of 20; discrete counts make the test a little strict.
    @Test("equal rates are called different as often as promised (simulated, fixed seed)")
    func falseAlarms() {
        var random = SplitMix(state: 12)
        var alarms = 0
        for _ in 0..<8_000 {
            let a = random.binomial(0.2, of: 500)
            let b = random.binomial(0.2, of: 500)
            let comparison = RateComparison(before: share(a, of: 500), after: share(b, of: 500), model: .share)
            if comparison.probability < 0.05 { alarms += 1 }
        }
        #expect((300...460).contains(alarms))
    }
}

@Suite("Multiple comparisons") struct MultipleComparisonsTests {
    /// R 4.2: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") and "BH".
    @Test("adjusts as R does")
    func knownValues() {
        let p = [0.01, 0.04, 0.03, 0.005]
        func near(_ left: [Double], _ right: [Double]) -> Bool {
            zip(left, right).allSatisfy { abs($0 - $1) < 1e-12 }
        }
        #expect(near(MultipleComparisons.holm(p), [0.03, 0.06, 0.06, 0.02]))
        #expect(near(MultipleComparisons.benjaminiHochberg(p), [0.02, 0.04, 0.04, 0.02]))
        #expect(MultipleComparisons.holm([]) == [])
        // The weight 3 of 4 has 3/4 of the level: 0.03 · 4/3, then 0.02 alone, which is never below the one before it.
        #expect(near(MultipleComparisons.holm([0.03, 0.02], weights: [3, 1]), [0.04, 0.04]))
        #expect(near(MultipleComparisons.holm(p, weights: [2, 2, 2, 2]), [0.03, 0.06, 0.06, 0.02]))
        #expect(MultipleComparisons.holm([0.5, 1, 0.9]).allSatisfy { $0 == 1 })
    }

    @Test("critical values are those of the tables")
    func criticalValues() {
        #expect(abs(NormalDistribution.criticalValue(twoSided: 0.05) - 1.959963984540054) < 1e-9)
        #expect(abs(NormalDistribution.criticalValue(twoSided: 0.001) - 3.290526731491926) < 1e-9)
        #expect(NormalDistribution.criticalValue(twoSided: 1) == 0)
        #expect(NormalDistribution.criticalValue(twoSided: 0) > 37)
    }
}

/// SplitMix64: the same numbers in every run.
private struct SplitMix {
    var state: UInt64

    mutating func unit() -> Double {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }

    mutating func binomial(_ p: Double, of n: Int) -> Double {
        var count = 0
        for _ in 0..<n where unit() < p { count += 1 }
        return Double(count)
    }
}
