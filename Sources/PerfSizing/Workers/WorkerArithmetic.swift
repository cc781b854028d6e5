/// How many workers: the guide's formula, the measured form, and what CPUs carry.
package enum WorkerArithmetic {
    /// The share of their time that workers shall be busy: the lower bound of the guide's 80% to 95%.
    package static let busyRatio = 0.8

    /// Guide A: `(CPU cores * 2) + 1`; whole workers, at least one.
    ///
    /// - Parameter cpus: CPUs that may be used, a quota's part included.
    /// - Returns: workers.
    package static func byFormula(cpus: Double) -> Int {
        whole(max(1, (cpus * 2 + 1 + tolerance).rounded(.down)))
    }

    /// `"4 × 2 + 1 = 9"`, `"1.2 × 2 + 1 = 3.4 → 3"`.
    static func formulaText(cpus: Double) -> String {
        let exact = cpus * 2 + 1
        let whole = Double(byFormula(cpus: cpus))
        let rounded = whole == exact ? "" : " → \(Figure.text(whole))"
        return "\(Figure.text(cpus)) × 2 + 1 = \(Figure.text(exact))\(rounded)"
    }

    /// The workers that are busy on average: λ × service time (Little's law).
    ///
    /// - Parameters:
    ///   - rate: arrivals a second.
    ///   - serviceTime: seconds that one takes of a worker.
    /// - Returns: workers, not rounded.
    package static func busyWorkers(rate: Double, serviceTime: Double) -> Double { rate * serviceTime }

    /// The measured form `W = λ × service time / 0.8`, not yet rounded.
    package static func exact(rate: Double, serviceTime: Double) -> Double {
        busyWorkers(rate: rate, serviceTime: serviceTime) / busyRatio
    }

    /// The measured form, rounded up; at least one.
    package static func measured(rate: Double, serviceTime: Double) -> Int {
        whole(max(1, (exact(rate: rate, serviceTime: serviceTime) - tolerance).rounded(.up)))
    }

    /// Workers that CPUs carry when each computes for a share of its busy time; more would only wait for a CPU.
    ///
    /// One for each CPU where they do nothing but compute.
    ///
    /// - Parameters:
    ///   - cpus: CPUs that may be used.
    ///   - computeRatio: share of a busy worker's time on a CPU, above 0.
    /// - Returns: workers.
    package static func carried(cpus: Double, computeRatio: Double) -> Int {
        whole(max(1, (cpus / computeRatio + tolerance).rounded(.down)))
    }

    /// CPUs that a load needs at 80% use.
    package static func cpusNeeded(rate: Double, serviceTime: Double, computeRatio: Double) -> Double {
        exact(rate: rate, serviceTime: serviceTime) * computeRatio
    }

    /// The rate that CPUs carry at 80% use: arrivals a second.
    package static func carriedRate(cpus: Double, serviceTime: Double, computeRatio: Double) -> Double {
        cpus * busyRatio / (serviceTime * computeRatio)
    }

    /// What products of decimal fractions are off by: 8 × 0.1 / 0.8 is one worker.
    private static let tolerance = 1e-9

    private static func whole(_ value: Double) -> Int {
        value < 1e15 ? Int(value) : 1_000_000_000_000_000
    }
}
