import PerfModel
import Testing

@testable import PerfBaselines

@Suite("metric reports")
struct MetricReportsTests {
    private func reports(_ text: String, isMixed: Bool = false) -> MetricReports {
        MetricReports(parsing: Array(text.utf8), isMixed: isMixed)
    }

    @Test("units, polarity and kind are the known ones unless given")
    func defaults() {
        let reports = reports(
            """
            {"metric":"allocations","value":3}
            {"metric":"mine","value":-1.5,"unit":"widgets","polarity":"higher_is_better","kind":"deterministic"}
            {"benchmark":"a"}

            {"benchmark":"a","error":"no file"}
            """)
        #expect(reports.problems.isEmpty)
        #expect(reports.reports[0].kind == .deterministic)
        #expect(reports.reports[0].unit == "count")
        #expect(reports.reports[1].unit == "widgets")
        #expect(reports.reports[1].polarity == .higherIsBetter)
        #expect(reports.benchmarks == ["a"])
        #expect(reports.failures == ["a: no file"])
    }

    @Test(
        "what is wrong is named with its line",
        arguments: [
            ("{", "line 1: line 1, column 2: a key is missing"), ("[1]", "line 1: a line is an object"),
            ("\n{}", "line 2: neither metric nor benchmark"), (#"{"metric":"x"}"#, "line 1: value: a number is needed"),
            (#"{"metric":"x","value":NaN}"#, "line 1: value: nan is no finite number"),
            (#"{"metric":"","value":1}"#, "line 1: metric: it has no name"),
            (#"{"metric":"x","value":1,"kind":"odd"}"#, "line 1: kind: 'odd' is none of deterministic"),
            (#"{"metric":"x","value":1,"inner_iters":0}"#, "line 1: inner_iters: it is 0"),
            (#"{"metric":"x","hdr":{"counts":[[1]]}}"#, "line 1: hdr.counts.0: no pair"),
            (#"{"metric":"x","hdr":{"counts":[[-1,1]]}}"#, "line 1: hdr.counts.0.0: -1.0 is below zero"),
        ])
    func problems(text: String, problem: String) {
        let reports = reports(text)
        #expect(reports.problems.first?.hasPrefix(problem) ?? false, "\(reports.problems)")
        #expect(reports.reports.isEmpty)
    }

    @Test("text between lines is left alone where it may be")
    func mixed() {
        let reports = reports("hello\n{not json}\n{\"metric\":\"x\",\"value\":1}\n", isMixed: true)
        #expect(reports.reports.map(\.metric) == ["x"])
        #expect(reports.problems.isEmpty)
    }

    @Test("buckets rise, and those of one value are one")
    func histogram() throws {
        let reports = reports(#"{"metric":"latency","hdr":{"counts":[[20,1],[10,2],[20,3],[30,0]]}}"#)
        let histogram = try #require(reports.reports.first?.histogram)
        #expect(histogram.counts.map { [$0.value, $0.count] } == [[10, 2], [20, 4]])
        #expect(histogram.lowest == 10)
        #expect(histogram.highest == 20)
    }

    @Test("any bytes give reports or problems, never a crash")
    func fuzz() {
        let seed = Array(
            #"{"metric":"latency","value":[1,2e9],"benchmark":"a","params":{"n":1},"hdr":{"counts":[[1,2],[3,4]]}}"#
                .utf8)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0...next(4) {
                switch next(3) {
                case 0: bytes[next(bytes.count)] = UInt8(next(256))
                case 1: bytes.removeSubrange(next(bytes.count)...)
                default: bytes.insert(UInt8(next(256)), at: next(bytes.count + 1))
                }
                if bytes.isEmpty { bytes = seed }
            }
            let reports = MetricReports(parsing: bytes)
            for report in reports.reports { #expect(report.values.allSatisfy { $0.isFinite }) }
        }
    }
}
