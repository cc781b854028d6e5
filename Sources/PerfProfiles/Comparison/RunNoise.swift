/// How far recordings of one program differ beyond sampling, when they cannot show it themselves.
///
/// A function's share p has the standard deviation `functions` · √(p(1-p)): memory layout, hash seeds and neighbours on
/// the machine move time between functions. Its square is the correlation between samples of one recording; after 1
/// divided by it, more samples say nothing more about the program. The time per operation has the relative standard
/// deviation `speed`. Measured with `ci/benchmarks/diff` on two virtual CPUs that other work kept busy, over 48 to 78
/// runs of each of four programs: functions 0.01 to 0.06 by program and up to 0.1 for single functions, speed 0.03 to
/// 0.065. The values were chosen to raise next to no false alarm on those same runs. Parts of a recording do not show
/// the noise: the variance from block to block did not foretell which pairs of runs differ.
package struct RunNoise: Hashable, Sendable {
    package var functions: Double
    package var speed: Double
    /// How well both are known, as degrees of freedom; infinite where they are certain.
    package var certainty: Double

    /// What is told.
    package init(_ ratio: Double) {
        self.init(functions: ratio, speed: ratio, certainty: .infinity)
    }

    private init(functions: Double, speed: Double, certainty: Double) {
        self.functions = functions
        self.speed = speed
        self.certainty = certainty
    }

    /// What most programs stay below: beyond it, a single recording of each is enough.
    static let most = RunNoise(functions: 0.03, speed: 0.035, certainty: 8)
    /// What single recordings are held against, by how busy other work kept the CPUs meanwhile.
    ///
    /// - Parameter pressure: the larger of both sides' ``ProfileExtras/cpuPressure``; nil when one of them is unknown.
    /// - Returns: ``calm`` up to 0.05, ``most`` from 0.25 on, and in proportion between them.
    static func single(pressure: Double?) -> RunNoise {
        guard let pressure, pressure.isFinite else { return most }
        let share = min(max((pressure - 0.05) / 0.2, 0), 1)
        if share == 0 { return calm }
        func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * share }
        return RunNoise(
            functions: between(calm.functions, most.functions), speed: between(calm.speed, most.speed),
            certainty: between(calm.certainty, most.certainty))
    }

    /// On a host with CPUs to spare.
    static let calm = RunNoise(functions: 0.015, speed: 0.02, certainty: 30)
    /// What a calm program has: beyond it, a single recording of each raises a suspicion.
    static let least = RunNoise(functions: 0.012, speed: 0.025, certainty: .infinity)
    /// Where several recordings show most of it themselves.
    static let usual = RunNoise(functions: 0.015, speed: 0.03, certainty: 4)
}
