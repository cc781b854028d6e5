import FoundationEssentials
import PerfModel
import Testing

@Suite("JSON document")
struct DocumentTests {
    private struct Body: Encodable {
        var total = 3
        var name = "a/b"
        var ratio = 0.5
    }

    private struct Greedy: Encodable {
        var schema = "mine"
        var warnings = 1
    }

    private static let host = HostDescription(
        name: "host", os: "Debian", kernel: "6.1", architecture: "x86_64", cpuModel: "cpu", cpuCount: 2,
        memoryBytes: 1 << 40
    )

    private func text(_ document: Document<some Encodable>) throws -> String {
        String(decoding: try document.encoded(), as: UTF8.self)
    }

    @Test("has the fields of the contract and the body's beside them, in stable bytes")
    func envelope() throws {
        let document = Document(
            kind: "profile", tool: ToolVersion(name: "perfdoctor", version: "1.2.3"), host: Self.host,
            startedAt: 1_700_000_000_000_000_000, duration: .milliseconds(1500),
            warnings: [Warning(code: "stripped", message: "no symbols", remedy: "install them")], body: Body()
        )
        let expected = """
            {"duration_ns":1500000000,"host":{"architecture":"x86_64","cpu_count":2,"cpu_model":"cpu",\
            "kernel":"6.1","memory_bytes":1099511627776,"name":"host","os":"Debian"},"name":"a/b","ratio":0.5,\
            "schema":"perfdoctor.profile/1","started_at":"2023-11-14T22:13:20Z",\
            "tool":{"name":"perfdoctor","version":"1.2.3"},"total":3,\
            "warnings":[{"code":"stripped","message":"no symbols","remedy":"install them"}]}

            """
        #expect(try text(document) == expected)
    }

    @Test("says null where the source does not say")
    func unknown() throws {
        let document = Document(
            kind: "heap", tool: ToolVersion(name: "t", version: "1"), host: nil, startedAt: nil, duration: nil,
            warnings: [], body: Body()
        )
        let expected = """
            {"duration_ns":null,"host":null,"name":"a/b","ratio":0.5,"schema":"perfdoctor.heap/1",\
            "started_at":null,"tool":{"name":"t","version":"1"},"total":3,"warnings":[]}

            """
        #expect(try text(document) == expected)
    }

    @Test("keeps the contract when a body uses the envelope's keys")
    func collision() throws {
        let document = Document(
            kind: "x", host: nil, startedAt: nil, duration: nil, warnings: [], body: Greedy()
        )
        #expect(try text(document).contains("\"schema\":\"perfdoctor.x/1\""))
        #expect(try text(document).contains("\"warnings\":[]"))
    }

    @Test("escapes what could drive a terminal, and means the same")
    func hostileNames() throws {
        let name = "\u{1B}[31m\u{7F}\u{9B}1m\u{202E}evil\u{2028}</script>\u{FEFF}é😀"
        let document = Document(
            kind: "x", host: nil, startedAt: nil, duration: nil, warnings: [], body: Body(name: name)
        )
        let bytes = try document.encoded()
        let printed = String(decoding: bytes.dropLast(), as: UTF8.self)
        #expect(printed.printable == printed)
        #expect(printed.contains("é😀"))
        struct Name: Decodable { var name: String }
        #expect(try JSONDecoder().decode(Name.self, from: Data(bytes)).name == name)
    }

    @Test("a number that is not finite is an error with a next step")
    func notFinite() {
        let document = Document(
            kind: "x", host: nil, startedAt: nil, duration: nil, warnings: [], body: Body(ratio: .nan)
        )
        let error = #expect(throws: DocumentError.self) { try document.encoded() }
        #expect(error?.summary.hasPrefix("the x document cannot be written as JSON: ") == true)
        #expect(error?.remedy != nil)
    }
}

@Suite("RFC 3339")
struct InternetTimeTests {
    /// Made with `date -u -d @SECONDS +%FT%TZ`.
    static let known: [(seconds: Int64, text: String)] = [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (951_868_800, "2000-03-01T00:00:00Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_735_689_599, "2024-12-31T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (-2_208_988_800, "1900-01-01T00:00:00Z"),
    ]

    @Test("prints dates as date(1) does", arguments: known)
    func dates(row: (seconds: Int64, text: String)) {
        #expect(InternetTime.text(nanosecondsSince1970: row.seconds * 1_000_000_000) == row.text)
    }

    @Test("prints nanoseconds and the ends of the range")
    func fractions() {
        #expect(InternetTime.text(nanosecondsSince1970: 5) == "1970-01-01T00:00:00.000000005Z")
        #expect(InternetTime.text(nanosecondsSince1970: -1) == "1969-12-31T23:59:59.999999999Z")
        #expect(InternetTime.text(nanosecondsSince1970: .max) == "2262-04-11T23:47:16.854775807Z")
        #expect(InternetTime.text(nanosecondsSince1970: .min) == "1677-09-21T00:12:43.145224192Z")
    }

    @Test("a duration becomes whole nanoseconds, cut to 64 bits")
    func durations() {
        #expect(Duration.nanoseconds(1_234_567_890_123).wholeNanoseconds == 1_234_567_890_123)
        #expect(Duration.seconds(Int64.max / 2).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.min / 2).wholeNanoseconds == .min)
    }
}
