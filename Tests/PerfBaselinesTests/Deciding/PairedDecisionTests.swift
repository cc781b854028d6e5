import PerfModel
import PerfStatistics
import Testing

@testable import PerfBaselines

@Suite("Decision on pairs") struct PairedDecisionTests {
    private let plan = GatePlan.standard()

    /// Pairs with a little noise, and head so many times as large.
    private func pairs(_ count: Int, ratio: Double, noise: Double = 0.005) -> [MeasuredPair] {
        (0..<count).map { index in
            let wobble = 1 + noise * Double((index * 7) % 11 - 5) / 5
            return MeasuredPair(base: 1000 + Double(index % 5), head: (1000 + Double(index % 5)) * ratio * wobble)
        }
    }

    private func decide(
        _ pairs: [MeasuredPair], control: [MeasuredPair]? = nil,
        polarity: MetricSeries.Polarity = .lowerIsBetter, plan: GatePlan = .standard()
    ) -> PairedDecision {
        PairedDecision(pairs: pairs, control: control, polarity: polarity, plan: plan)
    }

    @Test("worse fails, the same passes, better passes and says so; by polarity")
    func directions() throws {
        let slower = decide(pairs(15, ratio: 1.1))
        #expect(slower.outcome == .fail && !slower.isImproved && slower.count == 15)
        #expect(abs(try #require(slower.ratio) - 1.1) < 0.003)
        let interval = try #require(slower.interval)
        #expect(interval.contains(1.1) && interval.lowerBound > 1.01)
        #expect(try #require(slower.detectableRatio) > 1.01)
        let same = decide(pairs(15, ratio: 1))
        #expect(same.outcome == .pass && !same.isImproved)
        let faster = decide(pairs(15, ratio: 0.9))
        #expect(faster.outcome == .pass && faster.isImproved)
        let less = decide(pairs(15, ratio: 0.9), polarity: .higherIsBetter)
        #expect(less.outcome == .fail)
        #expect(abs(try #require(less.ratio) - 0.9) < 0.003)
        #expect(try #require(less.interval).upperBound < 1 / 1.01)
        let more = decide(pairs(15, ratio: 1.1), polarity: .higherIsBetter)
        #expect(more.outcome == .pass && more.isImproved)
    }

    @Test("what cannot be told wants more pairs, and is inconclusive at the cap")
    func undecided() {
        #expect(decide([]).outcome == .more(next: 15))
        let one = decide(pairs(1, ratio: 2))
        #expect(one.outcome == .more(next: 15) && one.count == 1 && one.ratio != nil && one.interval == nil)
        let noisy = pairs(200, ratio: 1.03, noise: 0.35)
        for (count, next) in [(14, 15), (15, 30), (29, 30), (60, 120), (199, 200)] {
            #expect(decide(Array(noisy.prefix(count))).outcome == .more(next: next))
        }
        #expect(decide(noisy).outcome == .inconclusive)
        #expect(decide(noisy + noisy).count == 200)
    }

    @Test("pairs of one layout are one value, however many there are")
    func layouts() throws {
        // Three layouts out of four are 6% slower for head: 200 pairs are sure of that, 12 layouts are not.
        let pairs = (0..<200).map { index in
            let layout = index % 12
            let effect = layout % 4 == 0 ? 0.97 : 1.06
            return MeasuredPair(base: 1000, head: 1000 * effect * (1 + Double(index % 7) * 1e-4), layout: layout)
        }
        let decision = decide(pairs)
        #expect(decision.outcome == .inconclusive && decision.count == 200 && decision.layoutCount == 12)
        #expect(decision.comparison(id: "a", metric: "cpu_time", unit: "ns").reason.contains("200 pairs of 12 layouts"))
        let alone = pairs.map { MeasuredPair(base: $0.base, head: $0.head) }
        #expect(decide(alone).outcome == .fail && decide(alone).layoutCount == nil)
        // Where all agree, they decide as soon as pairs do.
        let slower = pairs.map { MeasuredPair(base: 1000, head: 1100 + Double($0.layout ?? 0), layout: $0.layout) }
        #expect(decide(slower).outcome == .fail && decide(slower).count == 15)
        #expect(abs(try #require(decide(slower).ratio) - 1.1055) < 0.001)
    }

    @Test("fewer values than a level takes decide nothing")
    func fewest() {
        // 0.01 for one metric and five looks is 0.002, and 1 / 2^9 is less.
        #expect(plan.fewestValues == 9)
        #expect(GatePlan.standard(gatedCount: 3).fewestValues == 11)
        for (count, outcome) in [(8, PairedDecision.Outcome.inconclusive), (9, .fail)] {
            let pairs = (0..<200).map { MeasuredPair(base: 1000, head: 2000 + Double($0 % 3), layout: $0 % count) }
            #expect(decide(pairs).outcome == outcome)
        }
    }

    @Test("the first look that decides is the decision, whatever follows")
    func firstLook() {
        let changed = decide(pairs(15, ratio: 1.1) + pairs(185, ratio: 0.9))
        #expect(changed.outcome == .fail && changed.count == 15)
    }

    @Test("two copies of base that differ make all of it invalid, in either direction, early too")
    func control() {
        for ratio in [0.9, 1.1] {
            for subject in [0.9, 1, 1.03, 1.1] {
                let decision = decide(pairs(200, ratio: subject), control: pairs(200, ratio: ratio))
                #expect(decision.outcome == .invalid(.control))
                #expect(decision.comparison(id: "a", metric: "cpu_time", unit: "ns").verdict == .invalid)
            }
        }
        #expect(decide(pairs(15, ratio: 1.1), control: pairs(15, ratio: 1)).outcome == .fail)
        #expect(decide(pairs(15, ratio: 1), control: pairs(15, ratio: 1, noise: 0.3)).outcome == .pass)
        #expect(decide(pairs(30, ratio: 1.1), control: pairs(14, ratio: 1)).outcome == .invalid(.controlIncomplete))
        #expect(decide(pairs(15, ratio: 1), control: []).outcome == .invalid(.controlIncomplete))
        let broken = Array(repeating: MeasuredPair(base: .nan, head: 1), count: 15)
        #expect(decide(pairs(15, ratio: 1), control: broken).outcome == .invalid(.control))
    }

    @Test("a counter that may be zero is judged by differences")
    func zeros() throws {
        func counts(_ base: [Double], _ head: [Double]) -> [MeasuredPair] {
            (0..<200).map { MeasuredPair(base: base[$0 % base.count], head: head[$0 % head.count]) }
        }
        #expect(decide(counts([0], [0])).outcome == .pass)
        #expect(decide(counts([0], [0])).ratio == nil)
        #expect(decide(counts([0], [1])).outcome == .fail)
        #expect(decide(counts([1], [0])).outcome == .pass)
        #expect(decide(counts([0], [1]), polarity: .higherIsBetter).outcome == .pass)
        #expect(decide(counts([1], [0]), polarity: .higherIsBetter).outcome == .fail)
        #expect(decide(counts([10, 10, 10, 0], [20, 20, 20, 0])).outcome == .fail)
        let same = decide(counts([10, 10, 10, 0], [10, 10, 10, 0]))
        #expect(same.outcome == .pass && same.ratio == 1)
        let comparison = decide(counts([0], [1])).comparison(id: "a", metric: "major_faults", unit: "count")
        #expect(comparison.verdict == .fail && comparison.effectRatio == nil && comparison.baseline == 0)
    }

    @Test("values that are no values are invalid with the reason, and nothing passes in silence")
    func senseless() {
        let good = pairs(15, ratio: 1)
        for (bad, reason) in [
            (Double.nan, PairedDecision.Reason.notANumber), (.infinity, .notANumber), (-.infinity, .notANumber),
            (-1, .negative),
        ] {
            for position in [0, 7, 14] {
                for inBase in [false, true] {
                    var pairs = good
                    if inBase { pairs[position].base = bad } else { pairs[position].head = bad }
                    let decision = decide(pairs)
                    #expect(decision.outcome == .invalid(reason))
                    #expect(!decision.comparison(id: "", metric: "", unit: "").reason.isEmpty)
                    #expect(decide(Array(pairs.prefix(position + 1))).outcome == .invalid(reason))
                }
            }
        }
    }

    @Test("any values give a verdict with finite numbers (fixed seed)")
    func fuzz() {
        var random = SplitMix64(seed: 77)
        let odd: [Double] = [
            0, -0.0, 1, -1, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e-300,
            1e300,
        ]
        for round in 0..<3000 {
            let palette = (0...Int.random(in: 0...3, using: &random)).map { _ in odd.randomElement(using: &random) ?? 0
            }
            let count = [0, 1, 2, 14, 15, 16, 31, 200, 201][round % 9]
            func value() -> Double {
                Bool.random(using: &random)
                    ? palette.randomElement(using: &random) ?? 0 : Double.random(in: 0...2, using: &random)
            }
            let pairs = (0..<count).map { _ in MeasuredPair(base: value(), head: value()) }
            let control = (0..<count).map { _ in MeasuredPair(base: value(), head: value()) }
            for polarity in MetricSeries.Polarity.allCases {
                let decision = decide(pairs, control: round.isMultiple(of: 2) ? nil : control, polarity: polarity)
                let line = decision.comparison(id: "x", metric: "m", unit: "ns")
                let numbers = [
                    line.baseline, line.head, line.effectRatio, line.interval?.lowerBound, line.interval?.upperBound,
                    line.detectableRatio,
                ]
                #expect(numbers.allSatisfy { $0?.isFinite ?? true }, "\(pairs)")
                if !pairs.allSatisfy({ $0.base.isFinite && $0.head.isFinite && $0.base >= 0 && $0.head >= 0 }) {
                    guard case .pass = decision.outcome else { continue }
                    // Pairs behind the look that decided are not looked at.
                    #expect(decision.count < pairs.count)
                }
            }
        }
    }

    @Test("levels are shared among looks and metrics, and senseless plans are refused")
    func plans() throws {
        #expect(abs(GatePlan.standard(gatedCount: 10).failLevelOfLook - 0.0002) < 1e-15)
        #expect(abs(GatePlan.standard().passLevelOfLook - 0.01) < 1e-15)
        #expect(try GatePlan() == plan)
        #expect(plan.cap == 200)
        #expect(throws: GatePlanError.effect(tolerance: 0.05, effect: 0.05)) { try GatePlan(tolerance: 0.05) }
        #expect(throws: GatePlanError.self) { try GatePlan(effect: .nan) }
        #expect(throws: GatePlanError.looks([15, 15])) { try GatePlan(looks: [15, 15]) }
        #expect(throws: GatePlanError.looks([])) { try GatePlan(looks: []) }
        #expect(throws: GatePlanError.looks([0])) { try GatePlan(looks: [0]) }
        #expect(throws: GatePlanError.level(0.7)) { try GatePlan(failLevel: 0.7) }
        #expect(throws: GatePlanError.gatedCount(0)) { try GatePlan(gatedCount: 0) }
        // ((2.878 + 1.645) · 0.019 / 0.03884)² / 0.955
        #expect(abs(plan.expectedPairs(deviation: 0.019) - 5.13) < 0.02)
    }
}
