import FoundationEssentials
import PerfBaselines
import PerfModel
import PerfReports
import Testing

@Suite("forms of a gate's result") struct GateFormatTests {
    private func text(_ format: String, _ report: GateReport) throws -> String {
        String(decoding: try GateFormats.format(named: format).bytes(of: report), as: UTF8.self)
    }

    @Test("a failure reads as recorded", arguments: GateFormats.all.map { $0.id })
    func golden(format: String) throws {
        try Golden.expect(Array(try text(format, GateScene.failure()).utf8), equals: "gate-failure.\(format)")
    }

    @Test("text fits where it is read", arguments: [nil, 80])
    func widths(width: Int?) throws {
        let report = GateScene.failure(layout: Report.Layout(width: width, usesColor: width == nil))
        try Golden.expect(
            Array(try text("text", report).utf8), equals: "gate-failure-\(width.map(String.init) ?? "color").text")
    }

    @Test("what is unchanged says why", arguments: ["text", "markdown"])
    func unchanged(format: String) throws {
        try Golden.expect(Array(try text(format, GateScene.unchanged).utf8), equals: "gate-unchanged.\(format)")
    }

    @Test("advice names flags only where they would help")
    func advice() throws {
        let live = try text("text", GateScene.inconclusive(isStored: false))
        #expect(live.contains("--max-pairs"))
        let stored = try text("text", GateScene.inconclusive(isStored: true))
        #expect(!stored.contains("--max-pairs") && !stored.contains("--counters"))
        #expect(stored.contains("perfdoctor gate --base REV") && stored.contains("the objective asks for"))
    }

    @Test("parts of several benchmarks stand under the name of theirs; of one, under none")
    func labels() throws {
        let several = try text("text", GateScene.failure())
        #expect(several.contains("What takes more time in json/parse (of base's whole)"))
        #expect(several.contains("What takes more time in json/walk[size=10] (of base's whole)"))
        var report = GateScene.failure()
        report.result.comparisons.removeAll { $0.id != "json/parse" }
        report.result.cause?.functions.removeAll { $0.benchmark != "json/parse" }
        #expect(try text("text", report).contains("What takes more time (of base's whole)"))
    }

    @Test("a pass says so, and nothing else goes wrong", arguments: GateFormats.all.map { $0.id })
    func pass(format: String) throws {
        let text = try text(format, GateScene.pass)
        #expect(!text.isEmpty)
        if ["json", "gitlab", "sarif"].contains(format) {
            _ = try JSONDecoder().decode(AnyDocument.self, from: Data(text.utf8))
        } else {
            #expect(text.contains("nothing got worse"))
        }
    }

    @Test("no name drives a terminal, a page or a job", arguments: GateFormats.all.map { $0.id })
    func hostile(format: String) throws {
        let text = try text(format, GateScene.hostile)
        #expect(!text.unicodeScalars.contains("\u{1B}"))
        #expect(!text.contains("</script>\u{1B}"))
        switch format {
        case "json", "gitlab", "sarif":
            _ = try JSONDecoder().decode(AnyDocument.self, from: Data(text.utf8))
        case "github":
            // One command a line, and none that a name made.
            for line in text.split(separator: "\n") { #expect(line.hasPrefix("::error ")) }
        case "html", "junit": #expect(!text.contains("<&"))
        default: break
        }
    }

    @Test("the document has the fields of the contract")
    func contract() throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let document = try decoder.decode(
            GateFields.self, from: Data(try text("json", GateScene.failure()).utf8))
        #expect(document.schema == "perfdoctor.gate/1")
        #expect(document.verdict == "fail")
        let parse = try #require(document.comparisons.first { $0.id == "json/parse" && $0.metric == "cpu_time" })
        #expect(parse.verdict == "fail" && parse.unit == "ns" && parse.n == 30)
        #expect(parse.effectRatio == 1.052 && parse.ci == [1.041, 1.063] && parse.mdeRatio == 1.013)
        #expect(document.comparisons.first { $0.metric == "wall_time" }?.ci == [1.02, nil])
        #expect(document.cause.functions.first?.name == "JSONParser.parse(_:)")
        #expect(document.cause.functions.first?.deltaRatio == 0.048)
        #expect(document.cause.types.count == 1 && document.cause.counters.count == 2)
        #expect(document.unmeasured.map(\.id) == ["instructions"])
    }

    /// Any JSON at all.
    private struct AnyDocument: Decodable {
        init(from decoder: any Decoder) throws { _ = try decoder.singleValueContainer() }
    }

    private struct GateFields: Decodable {
        struct Comparison: Decodable {
            var id, metric, unit, verdict: String
            var baseline, head, effectRatio, mdeRatio: Double?
            var ci: [Double?]?
            var n: Int
        }
        struct Cause: Decodable {
            struct Part: Decodable {
                var name: String
                var deltaRatio: Double
            }
            struct Counter: Decodable { var name: String }
            var functions, types: [Part]
            var counters: [Counter]
        }
        var schema, verdict: String
        var comparisons: [Comparison]
        var cause: Cause
        var unmeasured: [Unmeasured]
    }
}
