/// Probabilities corrected for how many comparisons were made: of a thousand, some look striking by chance.
package enum MultipleComparisons {
    /// Holm's adjustment: rejecting at a level keeps the chance of even one false alarm below that level.
    ///
    /// It holds however the comparisons depend on one another, as a function's self and total do. Where some of them
    /// matter more, weights give these a larger part of the level; they must not depend on the outcome.
    /// Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6
    /// (1979) 65-70, which has the weights as well.
    ///
    /// - Parameters:
    ///   - probabilities: of each comparison by itself, in 0...1.
    ///   - weights: as many, positive; nil where all are alike.
    /// - Returns: the adjusted ones in the same order, in 0...1.
    package static func holm(_ probabilities: [Double], weights: [Double]? = nil) -> [Double] {
        let weights = weights ?? Array(repeating: 1, count: probabilities.count)
        var adjusted = probabilities
        var largest = 0.0
        var rest = weights.reduce(0, +)
        let ratios = zip(probabilities, weights).map { $1 > 0 ? $0 / $1 : .infinity }
        for index in probabilities.indices.sorted(by: { ratios[$0] < ratios[$1] }) {
            // What is left is never less than what is left to judge, whatever rounding says.
            largest = max(largest, min(1, ratios[index] * max(rest, weights[index])))
            adjusted[index] = largest
            rest -= weights[index]
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
