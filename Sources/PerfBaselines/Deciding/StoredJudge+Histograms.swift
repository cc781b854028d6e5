import Glibc
import PerfStatistics

extension StoredJudge {
    /// Quantiles of two histograms by their binomial intervals; those that have ten values beyond them.
    func histogram(_ head: MetricSeries, _ baseline: MetricSeries) -> [Comparison] {
        guard let new = head.histogram.map(Quantiles.init), let old = baseline.histogram.map(Quantiles.init) else {
            return [line(head, .inconclusive, isGated: isImported ? false : nil, "there is no histogram on both sides")]
        }
        return policy.quantiles.map { ratio in
            let name = "p\(PercentText.of(ratio).dropLast())"
            var line = line(head, metric: "\(head.metric) \(name)", .inconclusive, "")
            line.count = new.count
            let least = QuantileRanks.leastCount(for: ratio)
            guard Double(min(new.count, old.count)) >= least else {
                line.isGated = false
                line.reason = "\(name) needs \(Int(least.rounded(.up))) values on both sides"
                return line
            }
            let (now, base) = (new.value(at: ratio), old.value(at: ratio))
            (line.baseline, line.head) = (base, now)
            guard now > 0, base > 0 else {
                line.reason = "\(name) is zero, and of that there is no ratio"
                if now == base { (line.verdict, line.reason) = (.pass, "\(name) is zero, as in the baseline") }
                return line
            }
            let sign: Double = head.polarity == .lowerIsBetter ? 1 : -1
            let estimate = log(now) - log(base)
            // Half of the level for each side; a bucket may be off by its width.
            func bounds(_ level: Double) -> (low: Double, high: Double) {
                guard let after = new.bounds(of: ratio, level: level / 2),
                    let before = old.bounds(of: ratio, level: level / 2), after.low > 0, before.low > 0
                else { return (-.infinity, .infinity) }
                let width = new.resolution + old.resolution
                return (log(after.low) - log(before.high) - width, log(after.high) - log(before.low) + width)
            }
            judge(
                Shift(
                    estimate: sign * estimate,
                    lowerBound: { sign > 0 ? bounds($0).low : -bounds($0).high },
                    upperBound: { sign > 0 ? bounds($0).high : -bounds($0).low }),
                of: head, into: &line)
            return line
        }
    }

    /// A histogram's values by rank.
    private struct Quantiles {
        let count: Int
        /// How far a value may be off, as a logarithm.
        let resolution: Double
        private let values: [Double]
        /// Of all values up to each, how many there are.
        private let ranks: [Int]

        init(_ histogram: LatencyHistogram) {
            values = histogram.counts.map { Double($0.value) }
            var sum = 0
            ranks = histogram.counts.map { bucket in
                // Nobody measured more than that, but a file may say so.
                let most: Int64 = 1 << 52
                sum = Int(min(most, Int64(sum) + min(most, max(0, bucket.count))))
                return sum
            }
            count = sum
            resolution = pow(10, -Double(histogram.significantDigits))
        }

        /// The value with a rank, from 1; there is at least one.
        func value(rank: Int) -> Double {
            var (low, high) = (0, ranks.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if ranks[middle] >= rank { high = middle } else { low = middle + 1 }
            }
            return values[low]
        }

        func value(at ratio: Double) -> Double {
            value(rank: max(1, min(count, Int((Double(count) * ratio).rounded(.up)))))
        }

        func bounds(of ratio: Double, level: Double) -> (low: Double, high: Double)? {
            QuantileRanks.bounds(of: ratio, count: count, level: level).map {
                (value(rank: $0.lowerBound), value(rank: $0.upperBound))
            }
        }
    }
}
