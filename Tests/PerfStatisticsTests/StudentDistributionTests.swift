import PerfStatistics
import Testing

@Suite("Student's distribution") struct StudentDistributionTests {
    /// R 4.2: 2 * pt(-t, n); for one degree of freedom 1 - 2 atan(t) / π, for two 1 - t / √(2 + t²).
    @Test(
        "probabilities are those of tables",
        arguments: [
            (1.0, 1.0, 0.5), (12.706204736, 1, 0.05), (2.0, 2, 0.183503419), (4.302652730, 2, 0.05),
            (2.306004135, 8, 0.05), (5.041305433, 8, 0.001), (1.983971519, 100, 0.05), (0, 5, 1),
        ])
    func probabilities(t: Double, degreesOfFreedom: Double, expected: Double) {
        let probability = StudentDistribution.twoSidedProbability(of: t, degreesOfFreedom: degreesOfFreedom)
        #expect(abs(probability - expected) < 1e-8)
        #expect(probability == StudentDistribution.twoSidedProbability(of: -t, degreesOfFreedom: degreesOfFreedom))
        guard t > 0 else { return }
        let width = StudentDistribution.criticalValue(twoSided: expected, degreesOfFreedom: degreesOfFreedom)
        #expect(abs(width - t) < 1e-6)
    }

    @Test("with more and more degrees of freedom it becomes the normal one")
    func limit() {
        var last = 1.0
        for freedom in [1.0, 3, 10, 100, 10_000, 1e7, .infinity] {
            let probability = StudentDistribution.twoSidedProbability(of: 2.5, degreesOfFreedom: freedom)
            #expect(probability < last || freedom > 1e6)
            last = probability
        }
        #expect(last == NormalDistribution.twoSidedProbability(of: 2.5))
        let near = StudentDistribution.twoSidedProbability(of: 2.5, degreesOfFreedom: 99_999)
        #expect(abs(near - last) < 1e-5)
    }

    @Test("what no table has does not trap", arguments: [0.0, 1e-300, 0.5, 3, 1e4])
    func extremes(degreesOfFreedom: Double) {
        for t in [0.0, 1e-300, 1e-9, 1, 1e9, 1e300, .infinity, .nan] {
            let probability = StudentDistribution.twoSidedProbability(of: t, degreesOfFreedom: degreesOfFreedom)
            #expect((0...1).contains(probability), "\(t)")
        }
    }
}
