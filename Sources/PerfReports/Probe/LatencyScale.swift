import Glibc
import PerfModel

/// A logarithmic axis of latencies: from the bottom, 0, to the top, 1.
struct LatencyScale {
    struct Tick {
        var nanoseconds: Double
        var text: String
    }

    /// Nanoseconds, of the form 1, 2 or 5 times a power of ten.
    let low: Double
    let high: Double

    /// - Parameter latencies: nanoseconds that have to be on it; none gives an axis from 1 ms to 10 ms.
    init(_ latencies: [Double]) {
        let seen = latencies.filter { $0 > 0 && $0.isFinite }
        guard let least = seen.min(), let most = seen.max() else {
            (low, high) = (1e6, 1e7)
            return
        }
        low = Self.steps(upTo: least).last ?? least
        let end = Self.steps(upTo: most).last ?? most
        // Values that are all alike lie in the middle of something.
        high = max(end >= most ? end : Self.next(end), Self.next(low))
    }

    /// Where a latency is, 0...1.
    func position(_ nanoseconds: Double) -> Double {
        guard nanoseconds > low else { return 0 }
        return min(1, log10(nanoseconds / low) / log10(high / low))
    }

    /// Round latencies, rising, no more than fit.
    ///
    /// - Parameter count: how many fit, at least 2.
    /// - Returns: powers of ten where there are several, else steps of 1, 2 and 5.
    func ticks(atMost count: Int) -> [Tick] {
        let all = Self.steps(upTo: high).filter { $0 >= low * 0.999 }
        let tens = all.filter { Self.isPowerOfTen($0) }
        let base = tens.count >= 3 ? tens : all
        var stride = 1
        while (base.count + stride - 1) / stride > max(2, count) { stride += 1 }
        return base.enumerated().filter { $0.offset % stride == 0 }.map { Tick(nanoseconds: $1, text: Self.text($1)) }
    }

    /// `"20 µs"`: a round number of the largest unit that is not above it.
    static func text(_ nanoseconds: Double) -> String {
        for (unit, size) in [("s", 1e9), ("ms", 1e6), ("µs", 1e3)] where nanoseconds >= size * 0.999 {
            return "\(Quantity.grouped(Int64((nanoseconds / size).rounded()))) \(unit)"
        }
        return "\(Int64(nanoseconds.rounded())) ns"
    }

    /// 1, 2, 5, 10, 20, 50… up to a value.
    private static func steps(upTo value: Double) -> [Double] {
        var steps: [Double] = []
        var power = 1.0
        while power <= value, power < 1e15 {
            for factor in [1.0, 2, 5] where power * factor <= value * 1.000_001 { steps.append(power * factor) }
            power *= 10
        }
        return steps.isEmpty ? [1] : steps
    }

    private static func next(_ step: Double) -> Double {
        steps(upTo: step * 2.6).last.map { $0 > step ? $0 : step * 2 } ?? step * 2
    }

    private static func isPowerOfTen(_ value: Double) -> Bool {
        let exponent = log10(value)
        return abs(exponent - exponent.rounded()) < 1e-9
    }
}
