import PerfLinux
import PerfModel

/// Measures commands side by side: warm-up first, then runs in random order, so that what the machine does meanwhile
/// happens to all of them alike.
package struct Measurement {
    /// How often commands are run.
    package struct Plan: Hashable, Sendable {
        /// Runs of each command that are thrown away.
        package var warmup = 1
        /// Observations of each command; nil for as many as `leastRuns` and `leastTime` ask for.
        package var runs: Int?
        package var leastRuns = 10
        /// How long the observations of each command shall last together.
        package var leastTime: Duration = .seconds(3)
        /// Observations that are shorter consist of several processes.
        package var shortestObservation: Duration = .milliseconds(20)
        /// Whether a run that fails ends the measurement of its command.
        package var stopsAtFailure = true

        package init() {}
    }

    /// What came of one command.
    package struct Arm: Hashable, Sendable {
        package var command: BenchmarkCommand
        /// Processes in each observation.
        package var repetitions = 1
        package var warmup = 0
        /// Successes with their position among all observations of the measurement, in the order in which they ran.
        package var observations: [Numbered] = []
        /// Why it was given up; nil where all went well.
        package var failure: String?
        /// Whether it could not even be executed, and what to do about it.
        package var isNotStarted = false
        package var remedy: String?
        /// Runs that failed, of those that were no warm-up.
        package var failures = 0
        /// Values of counters, which take runs of their own.
        package var counters: [String: Double] = [:]
        /// Counters that could not be had.
        package var unmeasured: [Unmeasured] = []

        package init(command: BenchmarkCommand) { self.command = command }

        mutating func note(_ observation: Observation) {
            guard case .notStarted(let error) = observation.ending else { return }
            isNotStarted = true
            remedy = error.remedy
        }
    }

    package struct Numbered: Hashable, Sendable {
        package var order: Int
        package var observation: Observation
    }

    package struct Unmeasured: Hashable, Sendable {
        package var metric: String
        package var reason: String
        package var remedy: String?

        package init(metric: String, reason: String, remedy: String?) {
            self.metric = metric
            self.reason = reason
            self.remedy = remedy
        }
    }

    /// How far it is, for people who wait.
    package struct Progress: Hashable, Sendable {
        package var command: String
        package var done: Int
        package var planned: Int

        package init(command: String, done: Int, planned: Int) {
            self.command = command
            self.done = done
            self.planned = planned
        }
    }

    private let source: any ObservationSource
    private let plan: Plan
    private var random: any RandomNumberGenerator

    package init(
        source: any ObservationSource, plan: Plan, random: any RandomNumberGenerator = SystemRandomNumberGenerator()
    ) {
        self.source = source
        self.plan = plan
        self.random = random
    }

    /// Runs all commands.
    ///
    /// - Parameters:
    ///   - commands: what to measure.
    ///   - progress: called before each run.
    /// - Returns: an arm for each command; after a cancelled run, what there is.
    /// - Throws: when nothing can be run at all.
    package mutating func run(
        _ commands: [BenchmarkCommand], progress: (Progress) -> Void = { _ in }
    ) throws(SystemCallError) -> (arms: [Arm], isCancelled: Bool) {
        var arms = commands.map { Arm(command: $0) }
        var planned = [Int](repeating: 0, count: arms.count)
        for index in arms.indices {
            guard try warmUp(&arms[index], &planned[index], progress) else { return (arms, true) }
        }
        var done = [Int](repeating: 0, count: arms.count)
        var order = 0
        while let index = next(arms, done: done, planned: planned) {
            progress(
                Progress(
                    command: arms[index].command.name, done: done.reduce(0, +), planned: planned.reduce(0, +)))
            let observation = try source.observe(arms[index].command, repetitions: arms[index].repetitions)
            if observation.ending == .cancelled { return (arms, true) }
            done[index] += 1
            if let failure = observation.failure {
                arms[index].failures += 1
                if plan.stopsAtFailure {
                    arms[index].note(observation)
                    arms[index].failure =
                        done[index] == 1
                        ? "it \(failure)" : "run \(done[index]) \(failure), after \(done[index] - 1) that did not"
                }
            } else {
                arms[index].observations.append(Numbered(order: order, observation: observation))
            }
            order += 1
        }
        for index in arms.indices where arms[index].failure == nil && arms[index].observations.isEmpty {
            arms[index].failure = "none of its \(arms[index].failures) runs succeeded"
        }
        return (arms, false)
    }

    /// Warms caches up, and finds out how many processes make an observation and how many observations a measurement.
    ///
    /// - Returns: false when it was cancelled.
    private func warmUp(
        _ arm: inout Arm, _ planned: inout Int, _ progress: (Progress) -> Void
    ) throws(SystemCallError) -> Bool {
        // One run at least: without a time there is no plan.
        let rounds = max(1, plan.warmup)
        var shortest: Double?
        for round in 0..<rounds {
            progress(Progress(command: arm.command.name, done: 0, planned: 0))
            let observation = try source.observe(arm.command, repetitions: 1)
            if observation.ending == .cancelled { return false }
            arm.warmup += 1
            if let failure = observation.failure {
                arm.note(observation)
                guard plan.stopsAtFailure || arm.isNotStarted else { continue }
                arm.failure = round == 0 ? "it \(failure)" : "warm-up run \(round + 1) \(failure)"
                return true
            }
            if shortest.map({ observation.wallTime < $0 }) ?? true {
                shortest = observation.wallTime
                arm.repetitions = plan.repetitions(for: observation)
            }
        }
        planned = plan.runs ?? plan.runs(lasting: (shortest ?? 0) * Double(arm.repetitions))
        return true
    }

    /// The command that lags behind most; a random one of several.
    private mutating func next(_ arms: [Arm], done: [Int], planned: [Int]) -> Int? {
        let open = arms.indices.filter { arms[$0].failure == nil && done[$0] < planned[$0] }
        let share = { (index: Int) in Double(done[index]) / Double(planned[index]) }
        guard let least = open.map(share).min() else { return nil }
        return open.filter { share($0) == least }.randomElement(using: &random)
    }
}

extension Measurement.Plan {
    /// How many processes one observation takes, after the time of one.
    func repetitions(for observation: Observation) -> Int {
        let wanted = Double(shortestObservation.wholeNanoseconds)
        guard observation.isSuccess, observation.wallTime > 0, observation.wallTime < wanted else { return 1 }
        return Int((wanted / observation.wallTime).rounded(.up))
    }

    func runs(lasting nanoseconds: Double) -> Int {
        guard nanoseconds > 0 else { return leastRuns }
        let wanted = (Double(leastTime.wholeNanoseconds) / nanoseconds).rounded(.up)
        return max(leastRuns, Int(min(wanted, 100_000)))
    }
}
