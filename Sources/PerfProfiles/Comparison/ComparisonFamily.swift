import PerfStatistics

/// Differences that are judged together, so that one of many that is striking by chance is no finding.
struct ComparisonFamily {
    private struct Key: Hashable {
        var before: Double
        var after: Double
        var runs: [Int64]
    }

    private var probabilities: [Double] = []
    private var weights: [Double] = []
    /// For each difference that was added, its position in `probabilities`.
    private var positions: [Int] = []
    private var known: [Key: Int] = [:]
    private var groupStart = 0

    /// Distinct comparisons.
    var count: Int { probabilities.count }

    /// Adds a difference.
    ///
    /// Functions that only call one another have the same samples: they are one question, and count once.
    ///
    /// - Parameters:
    ///   - change: with its own probability; without a number of samples nothing is known about chance.
    ///   - runs: what each recording counted.
    ///   - weight: positive: how much of the group's level it has, whatever the difference is.
    mutating func add(_ change: ComparedChange, runs: [Int64], weight: Double) {
        let key = Key(before: change.before, after: change.after, runs: runs)
        if let position = known[key] {
            positions.append(position)
            return
        }
        known[key] = count
        positions.append(count)
        probabilities.append(change.probability ?? 0)
        weights.append(weight)
    }

    /// What is added from here on shares a part of the level that is as large as that of the group before.
    mutating func beginGroup() {
        Self.normalize(&weights[groupStart...])
        groupStart = count
    }

    /// The probabilities of all differences in the order in which they were added, corrected for their number.
    var adjusted: [Double] {
        var weights = weights
        Self.normalize(&weights[groupStart...])
        let adjusted = MultipleComparisons.holm(probabilities, weights: weights)
        return positions.map { adjusted[$0] }
    }

    private static func normalize(_ weights: inout ArraySlice<Double>) {
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return }
        for index in weights.indices { weights[index] /= sum }
    }
}
