import PerfBaselines
import PerfModel
import Testing

@testable import PerfReports

@Suite("trend reports")
struct TrendReportTests {
    private func trend(hostile: Bool = false, count: Int = 24) -> BaselineTrend {
        let name = hostile ? "<script>alert(1)</script>\u{1B}[31m\"'&" : "parse"
        var builder = TrendBuilder()
        for index in 0..<count {
            let value = (index < 15 ? 1e6 : 1.041e6) * (1 + 0.002 * Double(index * 7 % 5 - 2))
            let series = MetricSeries(
                id: MetricSeries.ID(suite: "json", benchmark: name), metric: "cpu_time", unit: "ns", kind: .sampled,
                samples: [MetricSeries.Sample(process: 0, order: 0, value: value)])
            let calm = MetricSeries(
                id: MetricSeries.ID(suite: "json", benchmark: name), metric: "allocations", unit: "count",
                kind: .deterministic, samples: [MetricSeries.Sample(process: 0, order: 0, value: 12)])
            var result = BenchmarkResult(
                series: [series, calm], startedAt: 1_793_577_600_000_000_000 + Int64(index) * 86_400_000_000_000)
            result.subject.commit = "3f2a1c\(10 + index)00112233445566778899aabbccddeeff"
            builder.add(.whole(StoredBaseline(name: name, machineClass: "m", location: "x", result: result)))
        }
        if hostile { builder.add(.broken(location: name, reason: "\(name) is broken")) }
        return builder.trend(name: hostile ? name : "parser", machineClass: "x86_64-2cpu")
    }

    @Test("text marks a change below the line and says it in words")
    func text() throws {
        try Golden.expect(Array(TrendText(trend(), columns: 100).text.utf8), equals: "trend.text")
        let narrow = TrendText(trend(count: 200), columns: 60).text.split(separator: "\n")
        #expect(narrow[2].hasPrefix("  ▁") && narrow[2].prefix { $0 != "w" }.count < 30)
        #expect(narrow[3].contains("^"))
        #expect(TrendText(trend(count: 5), columns: 100).text.contains("which takes 12 results or more"))
    }

    @Test("a page has a plot with its words, stands alone, and needs no script")
    func html() throws {
        let page = String(decoding: TrendPage.bytes(of: trend()), as: UTF8.self)
        #expect(page.contains("+4.1% since 3f2a1c25, 2026-11-17: worse"), "\(page.suffix(2000))")
        #expect(page.components("<circle") == 48 && page.components("class=\"limit\"") == 1)
        for forbidden in ["<script", "src=", "href=\"http", "NaN", "inf"] where forbidden != "inf" {
            #expect(!page.contains(forbidden), "\(forbidden)")
        }
        #expect(page.hasSuffix("</body>\n</html>\n"))
    }

    @Test("names of others are texts in every form")
    func hostile() throws {
        let trend = trend(hostile: true)
        let page = String(decoding: TrendPage.bytes(of: trend), as: UTF8.self)
        #expect(!page.contains("<script") && !page.utf8.contains(0x1B) && page.contains("&lt;script&gt;"))
        #expect(!TrendText(trend, columns: 100).text.utf8.contains(0x1B))
        let host = HostDescription(
            name: "h", os: "", kernel: "", architecture: "", cpuModel: "", cpuCount: 1, memoryBytes: 1)
        let json = try JSONNode(JSONValue.parsed(try TrendDocument.encoded(trend, host: host, time: 0)))
        #expect(try json["schema"].string() == "perfdoctor.trend/1")
        let series = try json["series"].elements()[0]
        #expect(try series["points"].elements().count == 24)
        let change = try series["changes"].elements()[0]
        #expect(try change["commit"].string().hasPrefix("3f2a1c25"))
        #expect(try abs(change["effect_ratio"].number() - 1.041) < 0.001)
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(_ text: String) -> Int { ranges(of: text).count }
}
