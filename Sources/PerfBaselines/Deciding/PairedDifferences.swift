import Glibc

/// Two runs of one round: of base, and of head or a second copy of base.
package struct MeasuredPair: Hashable, Sendable {
    package var base: Double
    package var head: Double
    /// The link of the programs, where there are several; pairs of one link are one value.
    package var layout: Int?

    package init(base: Double, head: Double, layout: Int? = nil) {
        self.base = base
        self.head = head
        self.layout = layout
    }
}

/// Pairs as differences that are positive for worse, on a scale on which a tolerance means something.
///
/// Pairs of one layout share what its placement does to them, so that they are no independent values: their median is
/// one. It is as symmetric about no change as each of them, which is all that the signed ranks ask for.
struct PairedDifferences: Sendable {
    enum Scale: Hashable, Sendable {
        /// Logarithms of head by base.
        case ratio
        /// Head less base, as a ratio of base's median: of a counter that may be zero.
        case difference
        /// The same as the value itself: base's median is zero, of which a ratio means nothing.
        case fromZero
    }

    /// Why pairs cannot be judged.
    enum Problem: Error, Hashable {
        case notANumber
        case negative
    }

    let scale: Scale
    /// Of pairs, or of layouts.
    let values: [Double]
    let pairCount: Int
    let polarity: MetricSeries.Polarity

    init(_ pairs: some Collection<MeasuredPair>, polarity: MetricSeries.Polarity) throws(Problem) {
        guard pairs.allSatisfy({ $0.base.isFinite && $0.head.isFinite }) else { throw .notANumber }
        guard pairs.allSatisfy({ $0.base >= 0 && $0.head >= 0 }) else { throw .negative }
        self.polarity = polarity
        pairCount = pairs.count
        let sign: Double = polarity == .lowerIsBetter ? 1 : -1
        guard pairs.contains(where: { $0.base == 0 || $0.head == 0 }) else {
            scale = .ratio
            // Not the logarithm of the quotient, which may be zero or infinite.
            values = Self.grouped(pairs, pairs.map { sign * (log($0.head) - log($0.base)) })
            return
        }
        let median = Self.median(pairs.map(\.base))
        scale = median > 0 ? .difference : .fromZero
        let unit = median > 0 ? median : 1
        // What is too large for a number is large enough.
        values = Self.grouped(pairs, pairs.map { max(-1e300, min(1e300, sign * ($0.head / unit - $0.base / unit))) })
    }

    /// The differences of each layout as one, and those of none as they are.
    private static func grouped(_ pairs: some Collection<MeasuredPair>, _ differences: [Double]) -> [Double] {
        var layouts: [Int: [Double]] = [:]
        var single: [Double] = []
        for (pair, difference) in zip(pairs, differences) {
            if let layout = pair.layout {
                layouts[layout, default: []].append(difference)
            } else {
                single.append(difference)
            }
        }
        return single + layouts.sorted { $0.key < $1.key }.map { median($0.value) }
    }

    /// Head by base, of a difference; nil where base is zero.
    func ratio(of difference: Double) -> Double? {
        let towardsHead = polarity == .lowerIsBetter ? difference : -difference
        guard towardsHead.isFinite else { return nil }
        let ratio: Double? =
            switch scale {
            case .ratio: exp(towardsHead)
            case .difference: max(0, 1 + towardsHead)
            case .fromZero: nil
            }
        return ratio?.isFinite == true ? ratio : nil
    }

    /// Of at least one value; the mean of the two in the middle, which cannot overflow.
    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? sorted[middle - 1] / 2 + sorted[middle] / 2 : sorted[middle]
    }
}
