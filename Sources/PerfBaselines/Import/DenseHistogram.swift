import PerfModel

/// A histogram of high dynamic range as hdrhistogram-swift stores it: one count for each value that it can tell.
struct DenseHistogram {
    /// By rising value, without those that did not occur.
    let buckets: [LatencyHistogram.Bucket]
    let total: Int
    private let significantDigits: Int
    private let lowest: Int64
    private let highest: Int64

    init(_ node: JSONNode) throws(ReadingProblem) {
        significantDigits = try node["numberOfSignificantValueDigits"].count()
        let smallest = try node["lowestDiscernibleValue"].count()
        lowest = Int64(smallest)
        highest = Int64(try node["highestTrackableValue"].count())
        guard (1...5).contains(significantDigits), smallest >= 1, highest >= lowest else {
            throw ReadingProblem(place: node.path, reason: "bounds that no histogram has")
        }
        // Half of the values that one power of two is divided into: the power of two above 2 × 10^digits, halved.
        var half = 1
        let needed = [20, 200, 2000, 20_000, 200_000][significantDigits - 1]
        while half * 2 < needed { half *= 2 }
        let halfMagnitude = half.trailingZeroBitCount
        let unitMagnitude = (smallest.bitWidth - 1) - smallest.leadingZeroBitCount
        var buckets: [LatencyHistogram.Bucket] = []
        var total = 0
        for (index, count) in try node["counts"].elements().enumerated() where count.value != .number(0) {
            let count = try count.count()
            // The first two halves are one apart, those of the next two, and so on.
            let bucket = max(0, (index >> halfMagnitude) - 1)
            let sub = index & (half - 1) + (index >> halfMagnitude > 0 ? half : 0)
            let (sum, overflow) = total.addingReportingOverflow(count)
            guard bucket + unitMagnitude + halfMagnitude < 61, !overflow else {
                throw ReadingProblem(place: "\(node.path).counts.\(index)", reason: "beyond what a histogram holds")
            }
            total = sum
            buckets.append(
                LatencyHistogram.Bucket(value: Int64(sub) << Int64(bucket + unitMagnitude), count: Int64(count)))
        }
        guard total > 0 else { throw ReadingProblem(place: node.path, reason: "a histogram without observations") }
        self.buckets = buckets
        self.total = total
    }

    var sparse: LatencyHistogram {
        LatencyHistogram(
            significantDigits: significantDigits, lowest: lowest, highest: max(highest, buckets.last?.value ?? 0),
            counts: buckets)
    }

    var mean: Double? {
        total > 0 ? buckets.reduce(0) { $0 + Double($1.value) * Double($1.count) } / Double(total) : nil
    }

    func value(at ratio: Double) -> Int64? { sparse.value(at: ratio) }
}

extension LatencyHistogram {
    /// Observations.
    package var total: Int {
        counts.reduce(0) { sum, bucket in
            let (result, overflow) = sum.addingReportingOverflow(Int(bucket.count))
            return overflow ? .max : result
        }
    }

    /// The smallest value that at least a ratio of the observations does not exceed.
    ///
    /// - Parameter ratio: in 0...1.
    /// - Returns: nil when there are no observations.
    package func value(at ratio: Double) -> Int64? {
        let total = total
        guard total > 0 else { return nil }
        // A hair off, so that 0.95 of 100 is the 95th and not the 96th.
        let rank = max(1, (ratio * Double(total) - 1e-9 * Double(total)).rounded(.up))
        var seen = 0.0
        for bucket in counts {
            seen += Double(bucket.count)
            if seen >= rank { return bucket.value }
        }
        return counts.last { $0.count > 0 }?.value
    }
}
