import FoundationEssentials
import PerfModel
import PerfProbes
import PerfReports
import Testing

@testable import PerfCommands

@Suite("Probe command") struct ProbeCommandTests {
    private func run(_ arguments: [String]) -> (code: ExitCode, errors: String, text: String) {
        let (output, errors) = (CollectingSink(), CollectingSink())
        let context = CommandContext(output: output, errors: errors)
        let code = Perfdoctor.run(arguments: ["probe"] + arguments, in: context)
        return (code, errors.text, output.text)
    }

    @Test(
        "wrong usage ends with 64 before anything is asked",
        arguments: [
            ["redis://cache", "-c", "0"], ["redis://cache", "-c", "5", "-d", "3"], ["redis://cache", "-d", "0"],
            ["redis://cache", "--rate", "0"], ["redis://cache", "--rate", "nan"], ["redis://cache", "--rate", "1e9"],
            ["redis://cache", "--timeout", "0"], ["redis://cache", "--format", "xml"],
            ["redis://cache", "--width", "3"],
            ["redis://cache", "--fail-on", "info"], ["cache"], ["://"], ["redis//cache"], ["redi://cache"],
            ["ftp://cache"], ["redis://cache", "ftp://x"],
        ])
    func usage(arguments: [String]) {
        let outcome = run(arguments)
        #expect(outcome.code == .usage, "\(arguments): \(outcome.errors)")
        #expect(outcome.text.isEmpty)
    }

    @Test("a kind that is not known names its neighbour, and a secret in it stays hidden")
    func scheme() {
        let outcome = run(["rediss2://user:s3cretZebra@cache"])
        #expect(outcome.errors.contains("rediss://"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("s3cretZebra"))
        let broken = run(["redis://user:s3cretZebra@ca che:99999999"])
        #expect(broken.code == .usage && !broken.errors.contains("s3cretZebra"), "\(broken.errors)")
    }

    @Test("every form of the report is named in the help, and only those")
    func formats() {
        #expect(Set(ProbeFormats.all.map { $0.id }) == ["html", "json", "openmetrics", "text"])
        let help = run(["--help"])
        #expect(help.code == .success && help.text.contains("html, json, openmetrics, text"))
    }
}
