/// Probabilities corrected for how many comparisons were made: of a thousand, some look striking by chance.
package enum MultipleComparisons {
    /// Holm's adjustment: rejecting at a level keeps the chance of even one false alarm below that level.
    ///
    /// It holds however the comparisons depend on one another, as a function's self and total do.
    /// Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6
    /// (1979) 65-70.
    ///
    /// - Parameter probabilities: of each comparison by itself, in 0...1.
    /// - Returns: the adjusted ones in the same order, in 0...1.
    package static func holm(_ probabilities: [Double]) -> [Double] {
        var adjusted = probabilities
        var largest = 0.0
        for (rank, index) in probabilities.indices.sorted(by: { probabilities[$0] < probabilities[$1] }).enumerated() {
            largest = max(largest, min(1, probabilities[index] * Double(probabilities.count - rank)))
            adjusted[index] = largest
        }
        return adjusted
    }

    /// Benjamini and Hochberg's adjustment: rejecting at a level keeps the expected share of false ones below it.
    ///
    /// Source: Y. Benjamini, Y. Hochberg, "Controlling the False Discovery Rate", Journal of the Royal Statistical
    /// Society B 57 (1995) 289-300.
    ///
    /// - Parameter probabilities: of each comparison by itself, in 0...1.
    /// - Returns: the adjusted ones in the same order, in 0...1.
    package static func benjaminiHochberg(_ probabilities: [Double]) -> [Double] {
        var adjusted = probabilities
        var smallest = 1.0
        let ranked = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
        for (rank, index) in ranked.enumerated().reversed() {
            smallest = min(smallest, probabilities[index] * Double(probabilities.count) / Double(rank + 1))
            adjusted[index] = smallest
        }
        return adjusted
    }
}
