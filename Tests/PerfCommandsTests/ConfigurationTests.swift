import FoundationEssentials
import PerfHost
import PerfModel
import PerfProfiles
import Testing

@testable import PerfCommands

@Suite("perfdoctor.json")
struct ConfigurationTests {
    private func configuration(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration(parsing: Array(text.utf8), path: "perfdoctor.json")
    }

    private func error(_ text: String) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try configuration(text)
            return nil
        } catch {
            return error
        }
    }

    @Test("thresholds replace a check's own, one by one; comments are fine")
    func thresholds() throws {
        let read = try configuration(
            """
            {
              // this host is busy by design
              thresholds: { 'cpu.sat': { warning: 0.3, host_busy_ratio: 0.9, }, "mem.swap": { critical: 1000 } },
            }
            """)
        #expect(read.thresholds["cpu.sat"]?.warning == 0.3)
        #expect(read.thresholds["cpu.sat"]?.critical == 0.4)
        #expect(read.thresholds["cpu.sat"]?.conditions["host_busy_ratio"] == 0.9)
        #expect(read.thresholds["mem.swap"]?.critical == 1000)
        #expect(try configuration("{}") == Configuration())
    }

    @Test("how a revision is built is a command line")
    func build() throws {
        #expect(try configuration("{ build: 'make -j2' }").build == "make -j2")
        #expect(try configuration("{}").build == nil)
        #expect(error("{ biuld: 'make' }")?.remedy == "did you mean 'build'?")
        for text in ["{ build: '' }", "{ build: ['make'] }", "{ build: 3 }", "{ build: null }"] {
            #expect(error(text)?.summary == "perfdoctor.json: 'build' must be a command line such as \"make\"")
        }
    }

    @Test("leaks that are known are named by type, by site or by both; a mistake is an error that says where")
    func suppressions() throws {
        let read = try configuration(
            "{ suppressions: [{ type: 'App\\\\.Cache', reason: 'lives on' }, { site: 'parse', type: '^C$' }] }")
        #expect(read.suppressions.map(\.text) == ["type:App\\.Cache", "type:^C$ site:parse"])
        #expect(read.suppressions.map(\.reason) == ["lives on", nil])
        for (text, place) in [
            ("{ suppressions: {} }", "'suppressions' must be a list"),
            ("{ suppressions: ['Cache'] }", "'suppressions[0]' must be an object"),
            ("{ suppressions: [{ reason: 'why' }] }", "'suppressions[0]' must be an object that names a type"),
            ("{ suppressions: [{ type: '' }] }", "'suppressions[0].type' must be a text"),
            (
                "{ suppressions: [{ type: 'A' }, { site: '(' }] }",
                "'suppressions[1]' must be made of regular expressions"
            ),
        ] {
            #expect(error(text)?.summary.contains(place) == true, "\(error(text)?.summary ?? "none")")
            #expect(error(text)?.remedy?.contains("docs/perfdoctor.schema.json describes suppressions") == true)
        }
        #expect(error("{ suppressions: [{ typ: 'A' }] }")?.remedy == "did you mean 'type'?")
    }

    @Test("an unknown key is an error that names the nearest known one")
    func unknown() {
        let top = error("{ treshold: {} }")
        #expect(top?.summary == "perfdoctor.json sets 'treshold', which does not exist")
        #expect(top?.remedy == "did you mean 'thresholds'?")
        #expect(top?.exitCode == .usage)
        let check = error("{ thresholds: { 'cpu.sta': {} } }")
        #expect(check?.summary == "perfdoctor.json sets 'cpu.sta' in thresholds, which does not exist")
        #expect(error("{ thresholds: { 'cpu.sat': { warn: 1 } } }")?.remedy == "did you mean 'warning'?")
    }

    @Test(
        "what is no number, or in the wrong order, is refused",
        arguments: [
            "{ thresholds: 3 }", "{ thresholds: { 'cpu.sat': 1 } }", "{ thresholds: { 'cpu.sat': { warning: 'x' } } }",
            "{ thresholds: { 'cpu.sat': { warning: -1 } } }", "{ thresholds: { 'cpu.sat': { warning: NaN } } }",
            "{ thresholds: { 'cpu.sat': { warning: 0.9 } } }", "[]", "{", "", "\u{0}", "{ thresholds: null }",
        ])
    func refused(text: String) {
        let error = error(text)
        #expect(error?.exitCode == .usage)
        #expect(error?.remedy?.isEmpty == false)
    }

    @Test("random damage is an error or a configuration, never a crash")
    func damaged() {
        let text = Array(
            #"{ thresholds: { "cpu.sat": { warning: 0.3, critical: 0.9 }, "disk.psi": { warning: 1e-3 } } }"#.utf8)
        var state: UInt64 = 7
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
        var failures = 0
        for _ in 0..<2000 {
            var bytes = text
            for _ in 0...next() % 3 { bytes[next() % bytes.count] = UInt8(truncatingIfNeeded: next()) }
            if next() % 4 == 0 { bytes.removeLast(next() % bytes.count) }
            do throws(ConfigurationError) {
                _ = try Configuration(parsing: bytes, path: "x")
            } catch {
                failures += 1
            }
        }
        #expect(failures > 1000)
    }

    @Test("docs/perfdoctor.schema.json is the schema that the program knows")
    func schema() throws {
        let path = Repository.root + "docs/perfdoctor.schema.json"
        if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] != nil {
            try Data(ConfigurationSchema.text.utf8).write(to: URL(filePath: path))
            Issue.record("recorded \(path): look at the difference, then run again")
        }
        let text = try Repository.text(of: "docs/perfdoctor.schema.json")
        #expect(
            text == ConfigurationSchema.text,
            "run again: RECORD_GOLDENS=1 swift test --filter ConfigurationTests")
        _ = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }
}
