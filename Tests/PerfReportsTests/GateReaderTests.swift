import FoundationEssentials
import PerfBaselines
import PerfReports
import Testing

/// Programs that others wrote read what we write; `ci/bootstrap --tests` installs them.
@Suite("forms of a gate's result and their readers") struct GateReaderTests {
    private static let script =
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/gate/readers.py").path
    private static let python =
        URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../.build/readers/bin/python").standardizedFileURL.path

    private static let hasReaders: Bool = {
        let isThere =
            FileManager.default.isExecutableFile(atPath: python)
            && (try? withHTMLDirectory { try HTMLProcess([python, "-B", script, "check"], in: $0) })?.status == 0
        if !isThere { print("skipped readers of a gate's result: they are not installed: ci/bootstrap --tests") }
        return isThere
    }()

    private struct Reading: Decodable {
        struct Entry: Decodable, Hashable {
            var group, name, result: String
            var message: String?
        }
        struct Totals: Decodable, Hashable {
            var tests, failures, errors, skipped: Int
        }
        var totals: Totals?
        var entries: [Entry]?
        var problems: [String]
    }

    private func reading(_ format: String, of report: GateReport) throws -> Reading {
        try withHTMLDirectory { directory in
            let file = directory.appending(path: "gate")
            try Data(GateFormats.format(named: format).bytes(of: report)).write(to: file)
            let reader = try HTMLProcess([Self.python, "-B", Self.script, format, file.path], in: directory)
            try #require(reader.status == 0, "\(reader.output)")
            return try JSONDecoder().decode(Reading.self, from: Data(reader.output.utf8))
        }
    }

    @Test("junitparser counts what we count", .enabled(if: hasReaders, "see above"))
    func junit() throws {
        let reading = try reading("junit", of: GateScene.failure())
        #expect(reading.problems.isEmpty, "\(reading.problems)")
        #expect(reading.totals == Reading.Totals(tests: 7, failures: 2, errors: 1, skipped: 1))
        let entries = try #require(reading.entries)
        #expect(entries.map(\.group) == GateScene.failure().result.comparisons.map(\.id))
        #expect(
            entries.map(\.result) == ["passed", "failure", "failure", "skipped", "passed", "passed", "error"])
        #expect(entries[1].message == "slower by at least 4.1%, and 1% is tolerated")
        #expect(entries[6].name == "objective")
    }

    @Test("SARIF holds to the schema of OASIS, and names rules that it has", .enabled(if: hasReaders, "see above"))
    func sarif() throws {
        let reading = try reading("sarif", of: GateScene.failure())
        #expect(reading.problems.isEmpty, "\(reading.problems)")
        let entries = try #require(reading.entries)
        #expect(entries.map(\.result) == ["error", "error", "warning", "warning"])
        #expect(entries[0].group == "perfdoctor/sampled" && entries[0].name == "Sources/JSON/Parser.swift")
    }

    @Test("a code quality report has what GitLab documents", .enabled(if: hasReaders, "see above"))
    func gitlab() throws {
        let reading = try reading("gitlab", of: GateScene.failure())
        #expect(reading.problems.isEmpty, "\(reading.problems)")
        #expect(reading.entries?.map(\.result) == ["major", "major", "minor", "minor"])
        #expect(reading.entries?.last?.name == "perfdoctor.json")
    }

    @Test(
        "nothing to tell, and hostile names, are read as well", .enabled(if: hasReaders, "see above"),
        arguments: ["junit", "sarif", "gitlab"])
    func extremes(format: String) throws {
        let pass = try reading(format, of: GateScene.pass)
        #expect(pass.problems.isEmpty && pass.entries?.isEmpty == true, "\(pass.problems)")
        let hostile = try reading(format, of: GateScene.hostile)
        #expect(hostile.problems.isEmpty, "\(hostile.problems)")
        let entry = try #require(hostile.entries?.first)
        #expect(["failure", "error", "major"].contains(entry.result))
        // The text arrives, with what would drive a terminal made visible.
        #expect(entry.message?.contains("</script>") == true && entry.message?.contains("\u{1B}") == false)
    }

    @Test("a file outside the repository is no place that a reviewer could see")
    func outside() throws {
        var report = GateScene.failure()
        report.result.cause?.functions[0].file = "/usr/include/string.h"
        for format in ["sarif", "gitlab", "github"] {
            let text = String(decoding: try GateFormats.format(named: format).bytes(of: report), as: UTF8.self)
            #expect(!text.contains("string.h"))
        }
    }
}
