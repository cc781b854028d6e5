import Synchronization

/// The sum of the ranks of positive differences where nothing has changed: each rank counts or not, like a coin.
package enum SignedRankDistribution {
    /// Up to this many pairs the distribution is exact; beyond it the normal one differs in the fourth digit.
    package static let exactUpTo = 200

    /// How likely a rank sum of at most this is.
    ///
    /// - Parameters:
    ///   - sum: of ranks.
    ///   - count: pairs, 1...``exactUpTo``; for more the normal distribution with the correction for continuity.
    /// - Returns: in 0...1.
    package static func probability(atMost sum: Int, count: Int) -> Double {
        guard sum >= 0, count > 0 else { return 0 }
        guard sum < count * (count + 1) / 2 else { return 1 }
        guard count > exactUpTo else { return cumulative(count)[sum] }
        let (mean, deviation) = moments(count)
        let z = (Double(sum) + 0.5 - mean) / deviation
        let tail = NormalDistribution.twoSidedProbability(of: z) / 2
        return z < 0 ? tail : 1 - tail
    }

    /// The largest rank k with P(sum ≤ k - 1) ≤ level: the k-th Walsh average is the lower bound with that level.
    ///
    /// - Parameters:
    ///   - level: below 0.5.
    ///   - count: pairs.
    /// - Returns: 0 where even the smallest average is no bound: `count` coins show heads more often than `level`.
    package static func rank(level: Double, count: Int) -> Int {
        guard level > 0, level < 0.5, count > 0 else { return 0 }
        guard count > exactUpTo else {
            let cumulative = cumulative(count)
            var (low, high) = (0, cumulative.count)
            while low < high {
                let middle = (low + high) / 2
                if cumulative[middle] <= level { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let (mean, deviation) = moments(count)
        let z = NormalDistribution.criticalValue(twoSided: 2 * level)
        return max(0, Int((mean - z * deviation + 0.5).rounded(.down)))
    }

    private static func moments(_ count: Int) -> (mean: Double, deviation: Double) {
        let n = Double(count)
        return (n * (n + 1) / 4, (n * (n + 1) * (2 * n + 1) / 24).squareRoot())
    }

    /// The distributions that were asked for; a gate asks for the same few again and again.
    private static let known = Mutex<[Int: [Double]]>([:])

    private static func cumulative(_ count: Int) -> [Double] {
        known.withLock { known in
            if let cumulative = known[count] { return cumulative }
            let cumulative = computed(count)
            known[count] = cumulative
            return cumulative
        }
    }

    /// Adds one rank after the other: the sum grows by it in half of all cases.
    ///
    /// - Complexity: O(count³), a million additions for 200.
    private static func computed(_ count: Int) -> [Double] {
        var probabilities = Array(repeating: 0.0, count: count * (count + 1) / 2 + 1)
        probabilities[0] = 1
        var largest = 0
        for rank in 1...count {
            largest += rank
            var sum = largest
            while sum >= 0 {
                probabilities[sum] = (probabilities[sum] + (sum >= rank ? probabilities[sum - rank] : 0)) / 2
                sum -= 1
            }
        }
        for sum in 1..<probabilities.count { probabilities[sum] += probabilities[sum - 1] }
        return probabilities
    }
}
