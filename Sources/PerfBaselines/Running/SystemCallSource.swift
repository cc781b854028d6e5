import PerfLinux
import PerfModel

/// Counts system calls of a command and all that it starts, by stopping it at each.
///
/// Every call is counted that is entered after the program has been executed; the same program does the same calls
/// in every run unless it looks at clocks, threads or the world. strace counts the first execve besides, and leaves
/// the calls out that do not return.
package struct SystemCallSource: MetricSource {
    private let runner: BenchmarkRunner

    package let metrics = ["system_calls"]

    /// - Parameter options: CPUs and patience are those of other runs.
    /// - Throws: when /dev/null cannot be opened.
    package init(_ options: BenchmarkRunner.Options = BenchmarkRunner.Options()) throws(SystemCallError) {
        var options = options
        options.countsSystemCalls = true
        options.variesEnvironment = false
        runner = try BenchmarkRunner(options)
    }

    package func measure(_ command: BenchmarkCommand) -> Availability<[String: Double]> {
        runner.counted(command) { observation in
            .available(["system_calls": Double(observation.systemCalls)])
        }
    }
}

extension BenchmarkCommand {
    /// One benchmark of several finds out by the clock how often to run: counters need the same work each time.
    package var forCounting: BenchmarkCommand {
        guard benchmark != nil else { return self }
        var command = self
        command.environment.append("PERFDOCTOR_BENCHMARK_ITERATIONS=1")
        return command
    }
}

extension BenchmarkRunner {
    /// What one run gives, or why it gives nothing.
    func counted<Value>(
        _ command: BenchmarkCommand, _ body: (Observation) -> Availability<Value>
    ) -> Availability<Value> {
        let observation: Observation
        do throws(SystemCallError) {
            observation = try observe(command.forCounting)
        } catch {
            return .unavailable(reason: error.summary, remedy: error.remedy)
        }
        if let failure = observation.failure {
            let remedy: String? = if case .notStarted(let error) = observation.ending { error.remedy } else { nil }
            return .unavailable(reason: "the command \(failure)", remedy: remedy)
        }
        return body(observation)
    }
}
