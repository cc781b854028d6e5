import FoundationEssentials
import PerfModel
import Testing

@testable import PerfCommands

@Suite("gate command") struct GateCommandTests {
    private func run(_ arguments: [String]) -> (code: PerfModel.ExitCode, text: String, errors: String) {
        let (output, errors) = (CollectingSink(), CollectingSink())
        let code = Perfdoctor.run(
            arguments: ["gate"] + arguments, in: CommandContext(output: output, errors: errors))
        return (code, output.text, errors.text)
    }

    @Test(
        "refuses what cannot be meant",
        arguments: [
            [], ["--base-cmd", "true"], ["--base", "main", "--base-cmd", "a", "--head-cmd", "b"], ["--baseline", "x"],
            ["--base-cmd", "a", "--head-cmd", "b", "--build", "make"], ["--base", "main", "--update"],
            ["r.json", "--slo", "p95 < 1s", "--update"],
            ["--base-cmd", "a", "--head-cmd", "b", "--tolerance", "5%", "--effect", "1%"],
            ["--base-cmd", "a", "--head-cmd", "b", "--max-pairs", "0"],
            ["--base-cmd", "a", "--head-cmd", "b", "--format", "jnuit"],
            ["--base-cmd", "true", "--head-cmd", "true", "--counters", "sistem_calls"],
            ["--base-cmd", "'a", "--head-cmd", "b"],
        ])
    func refused(arguments: [String]) {
        let outcome = run(arguments)
        #expect(outcome.code == .usage, "\(outcome.errors)")
        #expect(outcome.text.isEmpty && !outcome.errors.isEmpty)
    }

    @Test("results are held to objectives; what they do not say is not green")
    func objectives() throws {
        let file = Repository.root + "Tests/PerfBaselinesTests/Fixtures/results/hyperfine.json"
        let met = run([file, "--slo", "wall_time < 500ms", "--format", "json"])
        #expect(met.code == .success && met.text.contains(#""verdict":"pass""#), "\(met.errors)")
        let violated = run([file, "--slo", "wall_time < 500us"])
        #expect(violated.code == .finding && violated.text.hasPrefix("FAIL: "))
        let unknown = run([file, "--slo", "p99 < 5ms", "--fail-on-inconclusive"])
        #expect(unknown.code == .inconclusive && unknown.text.hasPrefix("INCONCLUSIVE: "))
        let wrong = run([file, "--slo", "p95 <"])
        #expect(wrong.code == .usage && wrong.text.isEmpty)
        #expect(run(["/nowhere.json", "--slo", "p95 < 1s"]).code == .failure)
    }

    @Test(
        "a program that computes more is found, with its function", .tags(.live),
        .enabled(if: Live.isPossible, "see above"))
    func live() throws {
        let directory = try LiveDirectory()
        let gate = try LiveProcess(
            [
                Live.perfdoctor, "gate", "--base-cmd", "\(Live.workload) spin --ms 40", "--head-cmd",
                "\(Live.workload) spin --ms 60", "--format", "json",
            ], in: directory
        ).wait()
        #expect(gate.status == 1, "\(gate.errors)")
        let text = String(decoding: gate.output, as: UTF8.self)
        #expect(text.contains(#""schema":"perfdoctor.gate/1""#) && text.contains(#""verdict":"fail""#))
        #expect(text.contains("spin"))
    }
}
