import Glibc
import PerfLinux
import PerfModel

/// Runs a command once and tells what it used: the unit of every measurement.
package protocol ObservationSource {
    /// One observation; a command that fails is an observation that says so.
    ///
    /// - Parameters:
    ///   - command: what to run.
    ///   - repetitions: processes one after the other, of which the observation is the mean.
    /// - Returns: what the processes used, and how they ended.
    /// - Throws: when nothing can be run at all: no process, no memory.
    func observe(_ command: BenchmarkCommand, repetitions: Int) throws(SystemCallError) -> Observation
}

/// Observes real processes.
///
/// Each run is a fresh process tree whose usage the kernel adds up; perfdoctor sleeps meanwhile. The environment has
/// a different size in each observation: where the stack begins shifts results by percents otherwise, and always the
/// same way for one of two programs. The layout of the address space is left as the system has it.
package final class BenchmarkRunner: ObservationSource, Sendable {
    package struct Options: Sendable {
        /// CPUs that programs may run on; empty for all.
        package var cpus: [Int32] = []
        /// Whether programs get an additional variable of random length.
        package var variesEnvironment = true
        /// How long what outlives a program may go on, before it is killed.
        package var patience: Duration = .seconds(2)
        /// What ends the measurement early.
        package var interruption: (any RunInterruption)?
        /// Stops programs at each system call to count it: their times mean nothing then.
        package var countsSystemCalls = false
        /// Counts instructions, where hardware does.
        package var countsInstructions = false

        package init() {}
    }

    private let options: Options
    private let null: Int32

    /// The program may write its metrics to this descriptor; high enough to be nobody else's.
    private static let reportDescriptor: Int32 = 98
    private static let reportLimit = 64 << 20
    /// A page, the most that where the stack begins matters.
    private static let paddingLimit = 4096
    /// The kernel keeps its counters of pages by CPU, and adds them up now and then.
    private static let residentPrecision: UInt64 = 256 << 10

    /// - Throws: when /dev/null cannot be opened.
    package init(_ options: Options = Options()) throws(SystemCallError) {
        self.options = options
        null = try Self.open("/dev/null", O_RDWR)
    }

    deinit {
        close(null)
    }

    package func observe(
        _ command: BenchmarkCommand, repetitions: Int
    ) throws(SystemCallError) -> Observation {
        let interruption = options.interruption
        return try observe(command, repetitions: repetitions) { (run) throws(SystemCallError) in
            try run.finish(interruption: interruption)
        }
    }

    /// The same, with somebody who looks after the program while it runs.
    ///
    /// - Parameters:
    ///   - command: what to run.
    ///   - repetitions: processes one after the other.
    ///   - counts: whether what takes a look at the program to count is counted.
    ///   - finish: called when it has begun; waits until all is over.
    /// - Returns: what the processes used, and how they ended.
    /// - Throws: when nothing can be run at all, and what `finish` throws.
    package func observe(
        _ command: BenchmarkCommand, repetitions: Int = 1, counts: Bool = true,
        finish: (ProcessTreeRun) throws(SystemCallError) -> ProcessTreeRun.Usage
    ) throws(SystemCallError) -> Observation {
        for preparation in command.prepare {
            if let failure = try failure(of: preparation, for: command, what: "prepare") { return failure }
        }
        let reports = try MemoryFile(name: "perfdoctor-metrics")
        let printed = command.output == .read ? try MemoryFile(name: "perfdoctor-output") : nil
        var run = ProcessTreeRun.Options(arguments: command.arguments)
        run.environment = environment(of: command, reports: reports)
        run.directory = command.directory
        run.timeout = command.timeout
        run.patience = options.patience
        run.acceptedStatuses = command.acceptedStatuses
        run.cpus = options.cpus
        run.repetitions = max(1, repetitions)
        run.countsSystemCalls = options.countsSystemCalls && counts
        run.countsInstructions = options.countsInstructions
        run.extra = (reports.descriptor, Self.reportDescriptor)
        let input = try command.input.map { (path) throws(SystemCallError) in try Self.open(path, O_RDONLY) }
        defer { if let input { close(input) } }
        run.input = .descriptor(input ?? null)
        if command.output != .inherited {
            run.output = .descriptor(printed?.descriptor ?? null)
            run.error = .descriptor(null)
        }
        let start = MonotonicClock.nanoseconds
        let usage = try finish(try ProcessTreeRun(run))
        var observation = Self.observation(of: usage, command: command, startedAt: start)
        observation.reports = MetricReports(parsing: reports.contents(atMost: Self.reportLimit))
        if let printed {
            let more = MetricReports(parsing: printed.contents(atMost: Self.reportLimit), isMixed: true)
            observation.reports.reports += more.reports
            observation.reports.failures += more.failures
        }
        if observation.isSuccess, let failure = observation.reports.failures.first {
            observation.ending = .failed("reports a failure: \(failure.printable)")
            observation.isSuccess = false
        }
        if observation.ending == .cancelled { return observation }
        for conclusion in command.conclude {
            if let failure = try failure(of: conclusion, for: command, what: "conclude"), observation.isSuccess {
                return failure
            }
        }
        return observation
    }

    /// Runs a command that is not measured, in the surroundings of one that is.
    ///
    /// - Returns: why it failed; nil for success.
    package func perform(
        _ arguments: [String], for command: BenchmarkCommand
    ) throws(SystemCallError) -> String? {
        var plain = command
        plain.arguments = arguments
        plain.timeout = nil
        plain.acceptedStatuses = [0]
        plain.prepare = []
        plain.conclude = []
        plain.benchmark = nil
        if plain.output == .read { plain.output = .discarded }
        let interruption = options.interruption
        let observation = try observe(plain, counts: false) { (run) throws(SystemCallError) in
            try run.finish(interruption: interruption)
        }
        return observation.failure.map { "'\(arguments.joined(separator: " ").printable)' \($0)" }
    }

    private func failure(
        of arguments: [String], for command: BenchmarkCommand, what: String
    ) throws(SystemCallError) -> Observation? {
        guard let reason = try perform(arguments, for: command) else { return nil }
        return Observation(ending: .failed("the command to \(what) it failed: \(reason)"), isSuccess: false)
    }

    private func environment(of command: BenchmarkCommand, reports: MemoryFile) -> [String] {
        var environment = command.environment
        environment.append("PERFDOCTOR_METRICS=\(Self.ofOneLength(reports.path))")
        environment.append("PERFDOCTOR_METRICS_FD=\(Self.reportDescriptor)")
        if let benchmark = command.benchmark { environment.append("PERFDOCTOR_BENCHMARK=\(benchmark)") }
        if options.variesEnvironment {
            let length = Int.random(in: 0..<Self.paddingLimit)
            environment.append("PERFDOCTOR_PADDING=" + String(repeating: "x", count: length))
        }
        return environment
    }

    /// The same path with more slashes: who copies the environment would allocate more for a longer process id.
    private static func ofOneLength(_ path: String) -> String {
        let missing = max(0, 48 - path.utf8.count)
        return (path.hasPrefix("/") ? String(repeating: "/", count: missing) : "") + path
    }

    private static func observation(
        of usage: ProcessTreeRun.Usage, command: BenchmarkCommand, startedAt: UInt64
    ) -> Observation {
        let ending: Observation.Ending =
            switch usage.ending {
            case .exit(let status): .exit(status)
            case .signal(let number, let dumpedCore): .signal(number, dumpedCore: dumpedCore)
            case .timeout: .timeout(command.timeout ?? .zero)
            case .notStarted(let error): .notStarted(error)
            case .cancelled: .cancelled
            }
        let isSuccess =
            if case .exit(let status) = usage.ending { command.acceptedStatuses.contains(status) } else { false }
        let count = Double(max(1, usage.finished))
        return Observation(
            ending: ending, isSuccess: isSuccess, startedAt: startedAt, repetitions: max(1, usage.finished),
            userTime: Double(usage.userTime) / count, systemTime: Double(usage.systemTime) / count,
            wallTime: Double(usage.wallTime) / count,
            peakResidentBytes: usage.peakResidentBytes > usage.floorResidentBytes + residentPrecision
                ? usage.peakResidentBytes : nil,
            minorFaults: Double(usage.minorFaults) / count, majorFaults: Double(usage.majorFaults) / count,
            voluntarySwitches: Double(usage.voluntarySwitches) / count,
            involuntarySwitches: Double(usage.involuntarySwitches) / count, systemCalls: usage.systemCalls,
            instructions: usage.instructions, killed: usage.killed)
    }

    private static func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
        // SAFETY: the path is a terminated string for the duration of the call.
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallError(operation: "open", subject: path, errno: errno) }
        return descriptor
    }
}

extension ObservationSource {
    /// One observation of one process.
    package func observe(_ command: BenchmarkCommand) throws(SystemCallError) -> Observation {
        try observe(command, repetitions: 1)
    }
}
