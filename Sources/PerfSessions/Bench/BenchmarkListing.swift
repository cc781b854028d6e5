import CPerfLinux
import PerfBaselines
import PerfLinux
import PerfModel

/// Asks executables for the benchmarks that they have: docs/benchmark-protocol.md.
struct BenchmarkListing {
    let runner: BenchmarkRunner

    private static let variable = "PERFDOCTOR_BENCHMARK_LIST"
    private static let fileLimit = 256 << 20

    /// Names of a command's benchmarks, each to be run in processes of its own; empty for any other command.
    func benchmarks(of command: BenchmarkCommand) throws(SystemCallError) -> [String] {
        guard command.benchmark == nil, speaksProtocol(command) else { return [] }
        var question = command
        question.environment.append("\(Self.variable)=1")
        question.prepare = []
        question.conclude = []
        let answer = try runner.observe(question, repetitions: 1)
        return answer.isSuccess ? answer.reports.benchmarks : []
    }

    /// Whether the program names the variable by which it is asked for its benchmarks: others are not run for that.
    private func speaksProtocol(_ command: BenchmarkCommand) -> Bool {
        guard let path = command.arguments.first.flatMap({ ProgramFile.path(of: $0, in: command.directory) }),
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try WholeFile.contents(of: path, atMost: Self.fileLimit)
            })
        else { return false }
        let wanted = Array(Self.variable.utf8)
        // SAFETY: pointers and counts are of the same arrays, read during the call.
        return unsafe pd_contains(bytes, UInt64(bytes.count), wanted, UInt64(wanted.count)) != 0
    }
}
