import PerfModel
import Testing

@testable import PerfBaselines

@Suite("benchmark suite")
struct BenchmarkSuiteTests {
    @Test(
        "command lines are split as a shell does it",
        arguments: [
            ("a b  c", ["a", "b", "c"]), (#"grep 'a b' "c d""#, ["grep", "a b", "c d"]), ("a''b ''", ["ab", ""]),
            (#"a\ b \'c"#, ["a b", "'c"]), (#""a\"b\c""#, [#"a"b\c"#]), ("'$x|y'", ["$x|y"]), ("a#b", ["a#b"]),
            ("\ta\n", ["a"]),
        ])
    func words(text: String, words: [String]) throws {
        #expect(try CommandWords.split(text) == words)
    }

    @Test(
        "what is no list of words is refused, with what to do",
        arguments: [
            ("", CommandWordsError.empty), ("  ", .empty), ("'a", .openEnd(text: "'a", part: "'")),
            ("a\\", .openEnd(text: "a\\", part: "\\")), ("a | b", .needsShell(text: "a | b", part: "|")),
            ("a > b", .needsShell(text: "a > b", part: ">")), ("\"$x\"", .needsShell(text: "\"$x\"", part: "$")),
            ("a *.c", .needsShell(text: "a *.c", part: "*")), ("a # b", .needsShell(text: "a # b", part: "#")),
        ])
    func refusals(text: String, error: CommandWordsError) {
        #expect(throws: error) { try CommandWords.split(text) }
    }

    @Test("parameters make a command of each combination, and only of those that it has")
    func parameters() throws {
        var suite = BenchmarkSuite(
            name: "s", entries: [.init(text: "sort -n {n} {file}"), .init(name: "plain", text: "true")])
        suite.parameters = [.init(name: "n", values: ["1", "2"]), .init(name: "file", values: ["a b", "c"])]
        suite.ignoresFailure = true
        let instances = try suite.instances()
        #expect(instances.count == 5)
        #expect(instances[0].command.arguments == ["sort", "-n", "1", "a b"])
        #expect(instances[0].parameters == ["n": "1", "file": "a b"])
        #expect(instances[4].command.name == "plain")
        #expect(instances[4].parameters.isEmpty)
        #expect(instances[0].command.acceptedStatuses.contains(255))
        suite.shell = "bash"
        #expect(try suite.instances()[0].command.arguments == ["bash", "-c", "sort -n 1 a b"])
    }
}
