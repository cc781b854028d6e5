/// The shift between two things from the ranks of single shifts, without an assumption about their distribution.
///
/// The single shifts (averages of pairs, differences of observations) are never listed: there are too many of them, and
/// how many are below a value is counted in one pass over the sorted observations. Bounds are single shifts; equal ones
/// make the closed interval hold more often than promised, never less: J. W. Pratt, J. D. Gibbons, "Concepts of
/// Nonparametric Theory" (1981), chapter 3.
package protocol RankEstimate: Sendable {
    /// How many single shifts there are.
    var shiftCount: Int { get }
    /// The smallest and the largest single shift.
    var range: ClosedRange<Double> { get }
    /// How many single shifts are at most this.
    func count(atMost value: Double) -> Int
    /// The rank, from 1, of the single shift above which the true one lies with a probability of at least 1 - level.
    ///
    /// - Returns: 0 where the observations are too few to say so.
    func rank(level: Double) -> Int
}

extension RankEstimate {
    /// The median of the single shifts.
    ///
    /// Source: J. L. Hodges, E. L. Lehmann, "Estimates of Location Based on Rank
    /// Tests", Annals of Mathematical Statistics 34 (1963) 598-611.
    package var estimate: Double {
        let middle = shift(rank: (shiftCount + 1) / 2)
        return shiftCount.isMultiple(of: 2) ? middle / 2 + shift(rank: shiftCount / 2 + 1) / 2 : middle
    }

    /// What the true shift is above, but for a probability of `level`; minus infinity where that cannot be said.
    package func lowerBound(level: Double) -> Double {
        let rank = rank(level: level)
        return rank > 0 ? shift(rank: rank) : -.infinity
    }

    /// What the true shift is below, but for a probability of `level`; infinity where that cannot be said.
    package func upperBound(level: Double) -> Double {
        let rank = rank(level: level)
        return rank > 0 ? shift(rank: shiftCount + 1 - rank) : .infinity
    }

    /// Whether the lower bound is above a value; cheaper than the bound.
    package func isAbove(_ value: Double, level: Double) -> Bool { count(atMost: value) < rank(level: level) }

    /// Whether the upper bound is below a value; cheaper than the bound.
    package func isBelow(_ value: Double, level: Double) -> Bool {
        let rank = rank(level: level)
        return rank > 0 && count(atMost: value.nextDown) > shiftCount - rank
    }

    /// The single shift with a rank, from 1.
    ///
    /// Halves the range of representable numbers until one is left: at most 64 passes, and an exact result.
    package func shift(rank: Int) -> Double {
        var low = Self.place(of: range.lowerBound)
        var high = Self.place(of: range.upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            if count(atMost: Self.number(at: middle)) >= rank { high = middle } else { low = middle + 1 }
        }
        // Zero has two signs.
        return Self.number(at: low) + 0
    }

    /// Numbers by size as integers by size.
    private static func place(of value: Double) -> UInt64 {
        let bits = value.bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    private static func number(at place: UInt64) -> Double {
        Double(bitPattern: place >> 63 == 1 ? place & ~(1 << 63) : ~place)
    }
}
