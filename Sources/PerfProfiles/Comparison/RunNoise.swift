/// How far recordings of one program differ beyond sampling, when they cannot show it themselves.
///
/// A function's share p has the standard deviation `functions` · √(p(1-p)): memory layout, hash seeds and neighbours on
/// the machine move time between functions. Its square is the correlation between samples of one recording; after 1
/// divided by it, more samples say nothing more about the program. The time per operation has the relative standard
/// deviation `speed`. Measured with `ci/benchmarks/diff` on two virtual CPUs that other work kept busy, over 48 to 78
/// runs of each of four programs, and on a quiet one over 25: functions 0.01 to 0.06 by program and up to 0.1 for single functions, speed 0.03 to
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
    /// What a calm program has: beyond it, a single recording of each raises a suspicion.
    static let least = RunNoise(functions: 0.012, speed: 0.025, certainty: .infinity)
    /// Where several recordings show most of it themselves.
    static let usual = RunNoise(functions: 0.015, speed: 0.03, certainty: 4)
}
