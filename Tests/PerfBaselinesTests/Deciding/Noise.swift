import Glibc
import PerfBaselines
import PerfStatistics

/// Noise of measured pairs with known properties, the same in every run.
struct Noise {
    enum Shape: String, CaseIterable {
        case normal
        /// Exponential: a few runs are much too slow.
        case skewed
        /// Student's t with two degrees of freedom, whose variance is infinite.
        case heavy
        /// A tenth of the runs is five times as noisy: quartiles tell of half the standard deviation.
        case outliers
    }

    /// How the noise of a run depends on that of the run before.
    enum Memory: String, CaseIterable {
        case none
        /// AR(1) from pair to pair, and both runs of a pair have it: it cancels.
        case shared
        /// AR(1) from run to run: it does not.
        case running
    }

    var random: SplitMix64
    private var spare: Double?

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func uniform() -> Double { (Double(random.next() >> 11) + 0.5) / Double(1 << 53) }

    /// By Box and Muller's method.
    mutating func normal() -> Double {
        if let spare {
            self.spare = nil
            return spare
        }
        let radius = (-2 * log(uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    /// With a standard deviation of about one.
    mutating func value(_ shape: Shape) -> Double {
        switch shape {
        case .normal: normal()
        case .skewed: -log(uniform()) - 1
        case .outliers: normal() * (uniform() < 0.1 ? 2.7 : 0.54)
        case .heavy: normal() / (-log(uniform())).squareRoot()
        }
    }

    /// Pairs in random order.
    ///
    /// The ratio is head by base; the deviation that of the logarithm of a pair's ratio, where noise has no memory.
    mutating func pairs(
        _ count: Int, ratio: Double, deviation: Double, shape: Shape = .normal, memory: Memory = .none
    ) -> [MeasuredPair] {
        let rho = 0.7
        let fresh = (1 - rho * rho).squareRoot()
        let scale = deviation / 2.0.squareRoot()
        var state = normal()
        return (0..<count).map { _ in
            var runs = (value(shape), value(shape))
            switch memory {
            case .none: break
            case .shared:
                state = rho * state + fresh * normal()
                runs = (runs.0 + 5 * state, runs.1 + 5 * state)
            case .running:
                state = rho * state + fresh * runs.0
                runs.0 = state
                state = rho * state + fresh * runs.1
                runs.1 = state
            }
            if random.next() >> 63 == 1 { runs = (runs.1, runs.0) }
            return MeasuredPair(base: exp(scale * runs.0), head: ratio * exp(scale * runs.1))
        }
    }
}
