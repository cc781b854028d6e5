import PerfBaselines
import PerfLinux
import PerfModel

/// Runs the programs of a contest by turns; what the runs mean is for ``GateJudgement``.
struct GateMeasurement {
    let options: GateSession.Options
    let source: any ObservationSource
    /// When the gate began, of ``MonotonicClock``.
    let start: UInt64

    /// What one observation lasts at least, in nanoseconds: shorter programs run several times.
    private static let shortestObservation = 20e6

    /// Rounds until a look is enough, the cap, a failure, or the end of time.
    ///
    /// - Parameters:
    ///   - contest: what runs.
    ///   - looks: numbers of rounds at which is looked; the last one is the cap.
    ///   - isDecided: whether what was measured is enough.
    ///   - progress: called before each round.
    /// - Returns: whole rounds alone.
    /// - Throws: when nothing can be run at all.
    func rounds(
        of contest: GateContest, looks: [Int], isDecided: (GateRounds) -> Bool, progress: (String) -> Void
    ) throws(SystemCallError) -> GateRounds {
        var rounds = GateRounds()
        rounds.layoutCount = contest.layouts.count
        let shortest = try warmUp(contest, &rounds, progress)
        guard rounds.failures.isEmpty, !rounds.isCancelled else { return rounds }
        if shortest > 0, shortest < Self.shortestObservation {
            rounds.repetitions = Int((Self.shortestObservation / shortest).rounded(.up))
        }
        let cap = looks.last ?? 0
        for round in 1...max(1, cap) {
            progress("\(contest.id.text): pair \(round) of at most \(cap)")
            try add(&rounds, of: contest)
            guard rounds.failures.isEmpty, !rounds.isCancelled else { return rounds }
            if looks.contains(round), isDecided(rounds) { return rounds }
            if let limit = options.timeLimit,
                MonotonicClock.nanoseconds &- start > UInt64(clamping: limit.wholeNanoseconds)
            {
                rounds.isOutOfTime = true
                return rounds
            }
        }
        return rounds
    }

    /// What an arm runs in a round, from 0; both sides in the same layout.
    private func command(_ arm: GateRounds.Arm, of contest: GateContest, in round: Int) -> BenchmarkCommand {
        guard !contest.layouts.isEmpty else { return arm == .head ? contest.head : contest.base }
        let layout = contest.layouts[round % contest.layouts.count]
        return arm == .head ? layout.head : layout.base
    }

    /// Pairs that count for nothing.
    ///
    /// - Returns: the shortest run, in nanoseconds of wall time.
    private func warmUp(
        _ contest: GateContest, _ rounds: inout GateRounds, _ progress: (String) -> Void
    ) throws(SystemCallError) -> Double {
        var shortest = Double.infinity
        for pair in 0..<max(1, options.warmupPairs) {
            progress("\(contest.id.text): warm-up")
            for arm in [GateRounds.Arm.base, .head] {
                let observation = try source.observe(command(arm, of: contest, in: pair), repetitions: 1)
                if observation.ending == .cancelled {
                    rounds.isCancelled = true
                    return shortest
                }
                if let failure = observation.failure { rounds.failures[arm] = failure }
                shortest = min(shortest, observation.wallTime)
            }
            guard rounds.failures.isEmpty else { return shortest }
        }
        return shortest
    }

    /// One more round, each arm once, in random order; one that is not whole is none.
    private func add(_ rounds: inout GateRounds, of contest: GateContest) throws(SystemCallError) {
        let arms: [GateRounds.Arm] = options.hasControl ? GateRounds.Arm.allCases : [.base, .head]
        var round: [GateRounds.Arm: Observation] = [:]
        for arm in arms.shuffled() {
            let observation = try source.observe(
                command(arm, of: contest, in: rounds.count), repetitions: rounds.repetitions)
            if observation.ending == .cancelled {
                rounds.isCancelled = true
                return
            }
            if let failure = observation.failure {
                // Whether the other side fails as well is worth a run.
                rounds.failures[arm == .control ? .base : arm] = failure
            }
            round[arm] = observation
        }
        guard rounds.failures.isEmpty else { return }
        for (arm, observation) in round { rounds.observations[arm, default: []].append(observation) }
    }
}
