import PerfModel
import Testing

@testable import PerfCommands
@testable import PerfSessions

@Suite("Watch command") struct WatchCommandTests {
    private func run(_ arguments: [String]) -> (code: ExitCode, text: String, errors: String) {
        let output = CollectingSink()
        let errors = CollectingSink()
        let code = Perfdoctor.run(
            arguments: ["watch"] + arguments, in: CommandContext(output: output, errors: errors))
        return (code, output.text, errors.text)
    }

    @Test(
        "refuses what cannot be meant",
        arguments: [
            ["0"], ["0.1"], ["199ms"], ["2d"], ["x"], ["1e3"], ["2", "0"], ["2", "x"], ["2", "1.5"], ["2", "3", "4"],
            ["-p", "0"], ["-p", "x"], ["--format", "html"], ["25h"], [""],
        ])
    func usage(arguments: [String]) {
        let outcome = run(arguments)
        #expect(outcome.code == .usage, "\(outcome.errors)")
        #expect(outcome.text.isEmpty && outcome.errors.hasPrefix("error: "))
    }

    @Test(
        "refuses URLs that are none, or of no known kind, wherever they stand",
        arguments: [
            (["http//localhost", "x://y"], "'x'"), (["2", "reds://localhost"], "did you mean redis://"),
            (["redis://localhost", "2", "3", "4"], "too much"), (["redis://host:0", "2"], "port"),
        ])
    func url(arguments: [String], words: String) {
        let outcome = run(arguments)
        #expect(outcome.code == .usage)
        #expect(outcome.errors.contains(words) || outcome.errors.contains("interval"), "\(outcome.errors)")
    }

    @Test(
        "looks at fewer processes where that is dear, and at more again",
        arguments: [(20, 9, 20), (20, 11, 15), (10, 11, 8), (8, 900, 8), (8, 6, 8), (8, 4, 9), (20, 0, 20)])
    func cost(count: Int, milliseconds: UInt64, next: Int) {
        #expect(
            WatchSession.deepProcesses(after: count, cost: milliseconds * 1_000_000, interval: .seconds(2)) == next)
    }

    @Test("a process that is not there is an error at once")
    func noProcess() {
        let outcome = run(["-p", "2147483600"])
        #expect(outcome.code != .success && outcome.text.isEmpty)
        #expect(outcome.errors.hasPrefix("error: there is no process 2147483600 to diagnose"))
    }
}
