/// The sums over weighted samples that an estimate needs.
package struct WeightTally: Hashable, Sendable {
    /// Sum of the weights.
    package private(set) var sum = 0.0
    /// Sum of the squares of the weights.
    package private(set) var sumOfSquares = 0.0

    package init() {}

    /// Adds samples that were merged into one.
    ///
    /// - Parameters:
    ///   - weight: the sum of their weights; negative and zero add nothing.
    ///   - count: how many they were; their weights are taken as equal.
    package mutating func add(weight: Double, count: Int64 = 1) {
        guard weight > 0, weight.isFinite, count > 0 else { return }
        sum += weight
        sumOfSquares += weight * weight / Double(count)
    }

    /// Adds what another tally holds.
    package mutating func add(_ other: WeightTally) {
        sum += other.sum
        sumOfSquares += other.sumOfSquares
    }

    /// The number of equally weighted samples that would say as much (Kish).
    package var effectiveCount: Double {
        sumOfSquares > 0 ? sum * sum / sumOfSquares : 0
    }
}
