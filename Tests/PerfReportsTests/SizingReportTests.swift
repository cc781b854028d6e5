import FoundationEssentials
import PerfModel
import PerfProfiles
import PerfSizing
import Testing

@testable import PerfReports

@Suite("Sizing reports") struct SizingReportTests {
    private static let host = HostDescription(
        name: "web1", os: "Debian GNU/Linux 12", kernel: "6.1.0", architecture: "x86_64", cpuModel: "Example",
        cpuCount: 4, memoryBytes: 8_589_934_592)

    /// All inputs at once, on a host whose quota leaves one and a half CPUs.
    private func tables() throws -> Sizing {
        let inputs: [SizingInput: Double] = [
            .tenants: 12, .events: 5e6, .concurrentJobs: 50, .queueDepth: 700, .users: 2500, .requestsPerSecond: 150,
            .jobsPerSecond: 12,
        ]
        return Sizing(
            inputs: try SizingInputs(inputs),
            cpus: EffectiveCPUs(count: 1.5, origin: .host(online: 4, affinity: 4, cpuset: nil, quota: 1.5)))
    }

    private func measured() throws -> Sizing {
        let document = """
            {"schema":"perfdoctor.diagnosis/1","host":{"name":"web1","cpu_count":4},
            "verdict":{"bottleneck":"cpu","confidence":"high","summary":"","culprit":null},
            "time_budget":{"on_cpu_ratio":0.72,"runnable_ratio":0.1,"throttled_ratio":0,
            "blocked":{"disk":0.02,"database":0.06,"idle":0.1}},
            "findings":[{"id":"rq.utilisation","evidence":[{"name":"throughput","value":42,"unit":"jobs/s"},
            {"name":"service_time","value":0.18,"unit":"s"},{"name":"workers","value":8,"unit":""},
            {"name":"worker_cpu_ratio","value":0.74,"unit":"ratio"}]}]}
            """
        return Sizing(
            inputs: SizingInputs(), cpus: EffectiveCPUs(count: 6, origin: .option),
            measurements: [try MeasurementReader.measurement(in: Array(document.utf8), file: "diagnosis\u{1B}.json")])
    }

    private func json(_ sizing: Sizing) throws -> [UInt8] {
        try Document(
            kind: "sizing", tool: ToolVersion(name: "perfdoctor", version: "0.0.0"), host: Self.host,
            startedAt: 1_700_000_000_000_000_000, duration: nil, warnings: sizing.warnings, body: SizingDocument(sizing)
        ).encoded()
    }

    @Test("has the tables as text and JSON")
    func goldenTables() throws {
        let sizing = try tables()
        let text = SizingText(sizing, width: 110, usesColor: false).text
        try Golden.expect(Array(text.utf8), equals: "sizing-tables.txt")
        try Golden.expect(json(sizing), equals: "sizing-tables.json")
    }

    @Test("has measurements as text and JSON")
    func goldenMeasured() throws {
        let sizing = try measured()
        let text = SizingText(sizing, width: 80, usesColor: false).text
        try Golden.expect(Array(text.utf8), equals: "sizing-measured.txt")
        try Golden.expect(json(sizing), equals: "sizing-measured.json")
    }

    @Test("fits every width, with every word whole", arguments: [40, 60, 64, 80, 100, 120, 200])
    func widths(width: Int) throws {
        for sizing in [try tables(), try measured()] {
            let whole = SizingText(sizing, width: nil, usesColor: false).text
            let text = SizingText(sizing, width: width, usesColor: false).text
            for line in text.split(separator: "\n") {
                #expect(String(line).displayWidth <= width, "\(line)")
            }
            func words(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }
            #expect(width < 80 || words(text) == words(whole))
        }
    }

    @Test("colours headings and doubts on request only, and never lets names drive a terminal")
    func colors() throws {
        let sizing = try measured()
        #expect(!SizingText(sizing, width: 80, usesColor: false).text.contains("\u{1B}"))
        #expect(SizingText(sizing, width: 80, usesColor: true).text.contains("\u{1B}[1mDoubts\u{1B}[0m"))
        #expect(!String(decoding: try json(sizing), as: UTF8.self).contains("\u{1B}"))
    }

    @Test("has in JSON what the contract says, for every recommendation")
    func contract() throws {
        struct Body: Decodable {
            struct Recommendation: Decodable {
                struct Selector: Decodable { var input: String, value: Double, row: String, beyond: Bool }
                var id, resource, source, title, row: String
                var preferred: Bool
                var selectedBy: [Selector]
            }
            struct Remedy: Decodable { var text: String, claimedGain: String?, source: String }
            struct CPUs: Decodable { var count: Double, source: String, online: Int, quota: Double? }
            var schema, summary: String
            var inputs: [String: Double]
            var effectiveCpus: CPUs
            var recommendations: [Recommendation]
            var remedies: [Remedy]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let body = try decoder.decode(Body.self, from: Data(try json(try tables())))
        #expect(body.schema == "perfdoctor.sizing/1" && body.summary.hasPrefix("Take db.t3.large for PostgreSQL"))
        #expect(body.inputs["queue_depth"] == 700 && body.inputs.count == 7)
        #expect(body.effectiveCpus.count == 1.5 && body.effectiveCpus.source == "host")
        let tables = body.recommendations.filter { !$0.selectedBy.isEmpty }
        #expect(Set(tables.flatMap(\.selectedBy).map(\.input)).count == 7, "every input selects a row")
        #expect(body.remedies.allSatisfy { $0.claimedGain != nil && $0.source == "guide A" })
    }
}
