import Testing

@testable import PerfProbes

/// The text formats of Prometheus and OpenMetrics.
@Suite("Exposition parser")
struct ExpositionParserTests {
    static func lines(
        _ text: String, _ syntax: ExpositionParser.Syntax = .prometheus
    ) throws -> [ExpositionLine] {
        var parser = ExpositionParser(Array(text.utf8), syntax: syntax)
        var lines: [ExpositionLine] = []
        while let line = try parser.next() { lines.append(line) }
        return lines
    }

    static func samples(
        _ text: String, _ syntax: ExpositionParser.Syntax = .prometheus
    ) throws -> [MetricSample] {
        try lines(text, syntax).compactMap { line in
            guard case .sample(let sample) = line else { return nil }
            return sample
        }
    }

    /// The example of prometheus.io/docs/instrumenting/exposition_formats.
    static let example = #"""
        # HELP http_requests_total The total number of HTTP requests.
        # TYPE http_requests_total counter
        http_requests_total{method="post",code="200"} 1027 1395066363000
        http_requests_total{method="post",code="400"}    3 1395066363000

        # Escaping in label values:
        msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

        # Minimalistic line:
        metric_without_timestamp_and_labels 12.47

        # A weird metric from before the epoch:
        something_weird{problem="division by zero"} +Inf -3982045

        # A histogram, which has a pretty complex representation in the text format:
        # HELP http_request_duration_seconds A histogram of the request duration.
        # TYPE http_request_duration_seconds histogram
        http_request_duration_seconds_bucket{le="0.05"} 24054
        http_request_duration_seconds_bucket{le="+Inf"} 144320
        http_request_duration_seconds_sum 53423
        http_request_duration_seconds_count 144320

        # Finally a summary:
        # TYPE rpc_duration_seconds summary
        rpc_duration_seconds{quantile="0.01"} 3102
        """#

    @Test("reads the example of the format's documentation")
    func documentation() throws {
        let samples = try Self.samples(Self.example)
        #expect(samples.count == 10)
        #expect(samples[0].name == "http_requests_total" && samples[0].value == 1027)
        #expect(samples[0].labels["method"] == "post" && samples[0].timestamp == 1_395_066_363_000)
        #expect(samples[2].labels["path"] == #"C:\DIR\FILE.TXT"#)
        #expect(samples[2].labels["error"] == "Cannot find file:\n\"FILE.TXT\"")
        #expect(samples[4].value == .infinity && samples[4].timestamp == -3_982_045)
        #expect(
            try Self.lines(Self.example).first
                == .help(name: "http_requests_total", "The total number of HTTP requests."))
        #expect(try Self.lines(Self.example).contains(.type(name: "rpc_duration_seconds", .summary)))
    }

    @Test("reads OpenMetrics: units, exemplars, timestamps in seconds, the end")
    func openMetrics() throws {
        let text = """
            # TYPE foo_seconds histogram
            # UNIT foo_seconds seconds
            # HELP foo_seconds A \\"help\\"\\nof two lines.
            foo_seconds_bucket{le="0.1"} 8 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.067 1520879607.7
            foo_seconds_bucket{le="+Inf"} 17 # {} 9.8
            foo_seconds_count 17
            foo_seconds_created 1520430000.123
            # EOF

            """
        let lines = try Self.lines(text, .openMetrics)
        #expect(lines[1] == .unit(name: "foo_seconds", "seconds"))
        #expect(lines[2] == .help(name: "foo_seconds", "A \"help\"\nof two lines."))
        #expect(lines.last == .end)
        let samples = try Self.samples(text, .openMetrics)
        #expect(samples[0].timestamp == 1_520_879_607.789)
        #expect(samples[0].exemplar?.labels["trace_id"] == "KOO5S4vxi0o")
        #expect(samples[0].exemplar?.value == 0.067 && samples[0].exemplar?.timestamp == 1_520_879_607.7)
        #expect(samples[1].exemplar?.value == 9.8 && samples[1].exemplar?.timestamp == nil)
    }

    @Test("takes names in quotation marks, blanks, a last comma and CR LF")
    func liberties() throws {
        let samples = try Self.samples(
            "{\"http.server.duration\", \"a b\"=\"1\"} 2\r\n  x { a = \"1\" , } \t 0x1p-2 \r\n{\"y\"} 3\nz{} 1e3\n:a:b 5"
        )
        #expect(samples.map(\.name) == ["http.server.duration", "x", "y", "z", ":a:b"])
        #expect(samples.map(\.value) == [2, 0.25, 3, 1000, 5])
        #expect(samples[0].labels["a b"] == "1")
        #expect(try Self.lines("").isEmpty)
        #expect(try Self.lines("#\n# nothing\n#EOFX\n#TYPE").isEmpty)
    }

    @Test(
        "reads numbers as Go writes them",
        arguments: [
            ("NaN", Double.nan), ("+Inf", .infinity), ("-Inf", -.infinity), ("Inf", .infinity), ("1.5e-7", 1.5e-7),
            ("-0", 0), ("1e400", .infinity),
        ])
    func numbers(text: String, value: Double) throws {
        let read = try #require(try Self.samples("x \(text)").first).value
        #expect(read == value || (read.isNaN && value.isNaN))
    }

    @Test(
        "says which line is wrong, and why",
        arguments: [
            ("a 1\nb", 2, "value is missing"), ("a 1\n\n<html>", 3, "no line of metrics"), ("a x", 1, "no number"),
            ("a{b=\"c\" 1", 1, "do not end"), ("a{b=\"c} 1", 1, "quotation mark is missing"),
            ("a{b=c} 1", 1, "no quotation mark"), ("a{b} 1", 1, "has no value"), ("a{=\"1\"} 1", 1, "name is missing"),
            ("a{b=\"\\x\"} 1", 1, "backslash"), ("a{b=\"1\",b=\"2\"} 1", 1, "twice"), ("a 1 2 3", 1, "follows"),
            ("a 1 2.5.5", 1, "timestamp is no number"), ("# TYPE a thing", 1, "no type"),
            ("a-b 1", 1, "wrong sign"), ("a{\"x\"} 1", 1, "two names"), ("a nan(0x1)", 1, "no number"),
            ("a 1 # 3", 1, "exemplar"), ("# EOF\na 1", 2, "follows # EOF"),
        ])
    func errors(text: String, line: Int, reason: String) {
        let error = #expect(throws: ExpositionError.self) { try Self.lines(text) }
        #expect(error?.line == line && error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test("OpenMetrics that was cut off is told from a whole one, and nothing follows an error")
    func cutOff() throws {
        let error = #expect(throws: ExpositionError.self) { try Self.lines("a 1\n", .openMetrics) }
        #expect(error?.line == 2 && error?.reason.contains("cut off") == true)
        var parser = ExpositionParser(Array("?\na 1\n".utf8), syntax: .prometheus)
        #expect(throws: ExpositionError.self) { try parser.next() }
        #expect(try parser.next() == nil)
        // What a page of HTML says cannot drive a terminal.
        let hostile = #expect(throws: ExpositionError.self) { try Self.lines("\u{1B}[2Jx 1") }
        #expect(hostile?.summary.contains("\u{1B}") == false)
    }

    @Test("any bytes give lines or an error")
    func fuzz() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        let seed = Array((Self.example + "\nx 1 2 # {a=\"b\"} 3 4\n# EOF\n").utf8)
        let signs = Array("{}\",=\\#\n \t+-.0eN\u{0}ÿ".utf8)
        for round in 0..<1000 {
            var bytes = seed
            for _ in 0...random(8) {
                let place = random(bytes.count)
                switch random(4) {
                case 0: bytes[place] = UInt8(random(256))
                case 1: bytes[place] = signs[random(signs.count)]
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + random(40)))
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random(40))], at: place)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            var parser = ExpositionParser(bytes, syntax: round.isMultiple(of: 2) ? .prometheus : .openMetrics)
            var count = 0
            do throws(ExpositionError) {
                while try parser.next() != nil { count += 1 }
            } catch {
                #expect(error.line > 0 && error.line <= bytes.count { $0 == UInt8(ascii: "\n") } + 2)
            }
            #expect(count <= bytes.count)
        }
    }
}
