import Glibc
import PerfStatistics
import Testing

@testable import PerfBaselines

/// How often the whole procedure is wrong, counted over simulated gates with a fixed seed.
@Suite("Error rates of the decision on pairs") struct PairedDecisionRateTests {
    struct Case: CustomTestStringConvertible {
        var shape: Noise.Shape
        var memory: Noise.Memory
        var testDescription: String { "\(shape.rawValue), memory: \(memory.rawValue)" }

        static let all = Noise.Shape.allCases.flatMap { shape in
            Noise.Memory.allCases.map { Case(shape: shape, memory: $0) }
        }
    }

    private static let runs = 10_000

    private struct Rates {
        var fail = 0
        var pass = 0
        var inconclusive = 0
        var pairs = 0
    }

    private func rates(
        _ shape: Noise.Shape, _ memory: Noise.Memory = .none, ratio: Double, deviation: Double, seed: UInt64,
        runs: Int = runs, gatedCount: Int = 1
    ) -> Rates {
        var noise = Noise(seed: seed)
        var rates = Rates()
        let plan = GatePlan.standard(gatedCount: gatedCount)
        for _ in 0..<runs {
            // As a gate does: more pairs only where they are needed.
            var pairs: [MeasuredPair] = []
            var outcome = PairedDecision.Outcome.more(next: plan.looks[0])
            while case .more(let next) = outcome {
                pairs += noise.pairs(
                    next - pairs.count, ratio: ratio, deviation: deviation, shape: shape, memory: memory)
                outcome = PairedDecision.outcome(of: pairs, polarity: .lowerIsBetter, plan: plan)
            }
            switch outcome {
            case .fail: rates.fail += 1
            case .pass: rates.pass += 1
            case .inconclusive: rates.inconclusive += 1
            case .more, .invalid: Issue.record("\(outcome)")
            }
            rates.pairs += pairs.count
        }
        return rates
    }

    @Test("without a change it fails no more often than its budget of 1%, whatever the noise", arguments: Case.all)
    func falseAlarms(of noise: Case) {
        let rates = rates(noise.shape, noise.memory, ratio: 1, deviation: 0.05, seed: 11)
        #expect(BinomialInterval.lowerBound(count: rates.fail, of: Self.runs, level: 0.001) <= 0.01)
    }

    @Test("worse by exactly the tolerance it fails no more often than its budget of 1%", arguments: Case.all)
    func atTolerance(of noise: Case) {
        let rates = rates(noise.shape, noise.memory, ratio: 1.01, deviation: 0.03, seed: 12)
        #expect(BinomialInterval.lowerBound(count: rates.fail, of: Self.runs, level: 0.001) <= 0.01)
    }

    @Test("worse by exactly the effect it passes no more often than its budget of 5%", arguments: Case.all)
    func atEffect(of noise: Case) {
        let rates = rates(noise.shape, noise.memory, ratio: 1.05, deviation: 0.04, seed: 13)
        #expect(BinomialInterval.lowerBound(count: rates.pass, of: Self.runs, level: 0.001) <= 0.05)
    }

    /// Two programs that are the same but for where their code lies, by 2% each way.
    ///
    /// Without layouts each gate has one place for each side, and most of its certainty is about that.
    @Test("where code lies is no regression over 15 layouts, and is one where each side has a single one")
    func layouts() {
        var noise = Noise(seed: 15)
        let plan = GatePlan.standard()
        let runs = 2000
        var alarms = (layouts: 0, single: 0)
        for _ in 0..<runs {
            let places = (0..<15).map { _ in exp(0.02 * (noise.normal() - noise.normal())) }
            let pairs = noise.pairs(200, ratio: 1, deviation: 0.02).enumerated().map { index, pair in
                MeasuredPair(base: pair.base, head: pair.head * places[index % 15], layout: index % 15)
            }
            let single = pairs.enumerated().map { index, pair in
                MeasuredPair(base: pair.base, head: pair.head / places[index % 15] * places[0])
            }
            if PairedDecision.outcome(of: pairs, polarity: .lowerIsBetter, plan: plan) == .fail { alarms.layouts += 1 }
            if PairedDecision.outcome(of: single, polarity: .lowerIsBetter, plan: plan) == .fail { alarms.single += 1 }
        }
        #expect(BinomialInterval.lowerBound(count: alarms.layouts, of: runs, level: 0.001) <= 0.01)
        #expect(alarms.single > runs / 10)
    }

    /// With the noise of programs that are bound by the CPU and by the allocator, 1.9% and 10% with outliers.
    ///
    /// 10 metrics gate. What is not found may be inconclusive.
    @Test(
        "worse by 5% it fails as the noise of real programs allows",
        arguments: [(deviation: 0.019, power: 0.999, pairs: 17), (deviation: 0.1, power: 0.95, pairs: 85)])
    func power(deviation: Double, power: Double, pairs: Int) {
        let rates = rates(.outliers, ratio: 1.05, deviation: deviation, seed: 14, gatedCount: 10)
        #expect(BinomialInterval.upperBound(count: rates.fail, of: Self.runs, level: 0.001) >= power)
        #expect(rates.pass <= Self.runs / 20)
        #expect(rates.pairs / Self.runs <= pairs)
    }
}
