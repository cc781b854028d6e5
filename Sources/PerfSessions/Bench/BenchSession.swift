import Glibc
import PerfAllocations
import PerfBaselines
import PerfLinux
import PerfModel

/// Measures commands side by side, with the counters that were asked for, and describes where.
package struct BenchSession {
    /// A command and where it stands in the results.
    package struct Subject: Sendable {
        package var command: BenchmarkCommand
        package var suite: String
        /// What was put in for the parameters of its command line.
        package var parameters: [String: String]
        /// Commands that are run once before and after all runs of this one.
        package var setup: [[String]]
        package var cleanup: [[String]]
        package var counters: [String]

        package init(
            command: BenchmarkCommand, suite: String = "", parameters: [String: String] = [:], setup: [[String]] = [],
            cleanup: [[String]] = [], counters: [String] = []
        ) {
            self.command = command
            self.suite = suite
            self.parameters = parameters
            self.setup = setup
            self.cleanup = cleanup
            self.counters = counters
        }
    }

    package struct Outcome: Sendable {
        package var result: BenchmarkResult
        package var arms: [Measurement.Arm]
        package var isCancelled: Bool
    }

    /// Counters that can be asked for.
    package static let counters = ["system_calls", "allocations", "instructions"]

    private let plan: Measurement.Plan
    private let options: BenchmarkRunner.Options
    private let runner: BenchmarkRunner

    /// Prepares the measurement.
    ///
    /// - Parameters:
    ///   - plan: how often commands are run.
    ///   - options: how each process is run.
    /// - Throws: when /dev/null cannot be opened.
    package init(plan: Measurement.Plan, options: BenchmarkRunner.Options) throws(SystemCallError) {
        self.plan = plan
        self.options = options
        runner = try BenchmarkRunner(options)
    }

    /// Measures.
    ///
    /// - Parameters:
    ///   - subjects: at least one.
    ///   - progress: called before each run.
    /// - Returns: results of those that succeeded, and what became of all.
    /// - Throws: when nothing can be run at all.
    package func run(_ subjects: [Subject], progress: (Measurement.Progress) -> Void) throws -> Outcome {
        let startedAt = WallClock.nanosecondsSince1970()
        let start = MonotonicClock.nanoseconds
        let meter = EnvironmentMeter()
        var subjects = subjects
        var failures = [String?](repeating: nil, count: subjects.count)
        for index in subjects.indices {
            for setup in subjects[index].setup where failures[index] == nil {
                failures[index] = try runner.perform(setup, for: subjects[index].command)
                    .map { "the setup failed: \($0)" }
            }
        }
        try expand(&subjects, &failures)
        let ready = subjects.indices.filter { failures[$0] == nil }
        var measurement = Measurement(source: runner, plan: plan)
        let measured = try measurement.run(ready.map { subjects[$0].command }, progress: progress)
        var arms = subjects.map { Measurement.Arm(command: $0.command) }
        for (position, index) in ready.enumerated() { arms[index] = measured.arms[position] }
        for index in arms.indices {
            if let failure = failures[index] { arms[index].failure = failure }
            guard !measured.isCancelled, arms[index].failure == nil else { continue }
            for counter in subjects[index].counters {
                progress(Measurement.Progress(command: "\(arms[index].command.name), \(counter)", done: 0, planned: 0))
                count(counter, &arms[index])
            }
        }
        for subject in subjects {
            for cleanup in subject.cleanup {
                guard let failure = try runner.perform(cleanup, for: subject.command) else { continue }
                let index = arms.firstIndex { $0.command == subject.command }
                if let index, arms[index].failure == nil { arms[index].failure = "the cleanup failed: \(failure)" }
            }
        }
        let isSameSuite = Set(subjects.map(\.suite)).count == 1
        var result = BenchmarkResult(series: [])
        for (index, subject) in subjects.enumerated() {
            let one = BenchmarkResult(
                arms: [arms[index]], suite: subject.suite, parameters: [subject.parameters],
                versions: [version(of: subject.command)])
            result.series += one.series
        }
        var seen: Set<String> = []
        result.series = result.series.filter { seen.insert("\($0.id.text)\u{0}\($0.metric)").inserted }
        if subjects.count == 1 || isSameSuite, let program = subjects.first.flatMap({ Self.path(of: $0.command) }) {
            result.subject.binarySHA256 = Self.hash(ofFile: program)
        }
        result.machine = .current()
        result.environment = meter.environment()
        result.startedAt = startedAt
        result.duration = .nanoseconds(Int64(clamping: MonotonicClock.nanoseconds &- start))
        result.warnings = BenchDoubts(result: result, arms: arms).warnings
        return Outcome(result: result, arms: arms, isCancelled: measured.isCancelled)
    }

    private func count(_ counter: String, _ arm: inout Measurement.Arm) {
        let measured: Availability<[String: Double]>
        do throws(SystemCallError) {
            measured = try Self.source(of: counter, options).measure(arm.command)
        } catch {
            measured = .unavailable(reason: error.summary, remedy: error.remedy)
        }
        switch measured {
        case .available(let values): arm.counters.merge(values) { _, new in new }
        case .unavailable(let reason, let remedy):
            arm.unmeasured.append(Measurement.Unmeasured(metric: counter, reason: reason, remedy: remedy))
        }
    }

    /// What counts one of ``counters``.
    ///
    /// - Throws: when /dev/null cannot be opened.
    static func source(
        of counter: String, _ options: BenchmarkRunner.Options
    ) throws(SystemCallError) -> any MetricSource {
        switch counter {
        case "system_calls": try SystemCallSource(options)
        case "allocations": try AllocationSource(options)
        default: try InstructionSource(options)
        }
    }

    // MARK: Executables with several benchmarks

    private static let fileLimit = 256 << 20

    /// Puts the benchmarks of an executable in its place, each to be run in processes of its own.
    private func expand(_ subjects: inout [Subject], _ failures: inout [String?]) throws {
        var expanded: [Subject] = []
        var kept: [String?] = []
        let listing = BenchmarkListing(runner: runner)
        for (subject, failure) in zip(subjects, failures) {
            let names = failure == nil ? try listing.benchmarks(of: subject.command) : []
            if names.isEmpty {
                expanded.append(subject)
                kept.append(failure)
            }
            for (index, name) in names.enumerated() {
                var one = subject
                one.command.benchmark = name
                one.command.name = name
                if index > 0 { one.cleanup = [] }
                expanded.append(one)
                kept.append(nil)
            }
        }
        subjects = expanded
        failures = kept
    }

    /// A hash of the program's file, its arguments and what is set up: another one is another benchmark.
    private func version(of command: BenchmarkCommand) -> String? {
        let parts = command.arguments + [command.benchmark ?? ""] + command.prepare.flatMap { $0 }
        return String(SHA256.hexadecimal(of: Array(parts.joined(separator: "\0").utf8)).prefix(16))
    }

    private static func hash(ofFile path: String) -> String? {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try WholeFile.contents(of: path, atMost: fileLimit)
            })
        else { return nil }
        return SHA256.hexadecimal(of: bytes)
    }

    /// The program as execvp finds it.
    private static func path(of command: BenchmarkCommand) -> String? {
        command.arguments.first.flatMap { ProgramFile.path(of: $0, in: command.directory) }
    }
}
