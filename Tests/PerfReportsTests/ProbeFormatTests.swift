import FoundationEssentials
import PerfModel
import Testing

@testable import PerfProbes
@testable import PerfReports

@Suite("Forms of a probe") struct ProbeFormatTests {
    private func text(_ format: String, _ report: ProbeReport) throws -> String {
        String(decoding: try ProbeFormats.format(named: format).bytes(of: report), as: UTF8.self)
    }

    private func content(_ report: ProbeReport) -> String { String(decoding: ProbeMarkup(report).bytes, as: UTF8.self) }

    @Test("every part of a known probe stands on the page")
    func page() throws {
        try Golden.expect(ProbeMarkup(ProbeScene.report()).bytes, equals: "probe.html")
        let page = try text("html", ProbeScene.report())
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</body>\n</html>\n"))
        #expect(!page.contains("<script") && page.contains("default-src 'none'"))
        #expect(page.ranges(of: "<section").count == page.ranges(of: "</section>").count)
        for id in content(ProbeScene.report()).split(separator: "href=\"#").dropFirst().map({ $0.prefix { $0 != "\"" } }
        ) {
            #expect(page.contains("id=\"\(id)\""), "a link leads nowhere: \(id)")
        }
        #expect(!content(ProbeScene.report()).contains(" style="))
    }

    @Test(
        "no name, reason or fact of a server becomes markup, or drives a terminal",
        arguments: ProbeFormats.all.map { $0.id })
    func hostile(format: String) throws {
        let report = ProbeScene.report(hostile: ProbeScene.hostileText)
        let text = try text(format, report)
        #expect(!text.unicodeScalars.contains("\u{1B}"))
        guard format == "html" else { return }
        let content = content(report)
        #expect(content.contains("&lt;/h2&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;"))
        for piece in ["<img", "</h2>&", "onerror=\"", "'&\"", "=\"\""] { #expect(!content.contains(piece), "\(piece)") }
        let head = try #require(text.firstRange(of: "</title>")).lowerBound
        #expect(!text[..<head].contains("<img"))
    }

    @Test("a stall is a flank, a loss is a bar with its reason, and what was not asked is no line")
    func stall() throws {
        let content = content(ProbeScene.report())
        #expect(content.contains("slowest 4 s after the start, 501 ms"), "\(content)")
        #expect(content.contains("8 lost between 7 s and 7.4 s"))
        #expect(content.contains("2 lost: 10.0.0.7:443 refuses connections"))
        #expect(content.ranges(of: "class=\"lost\"").count == 4)
        // A line breaks where nothing was answered, and nowhere else.
        let lines = content.split(separator: "class=\"series s2\" d=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(lines.contains { $0.split(separator: "M").count == 2 })
        #expect(content.contains("limit of p95: 200 ms (guide A)"))
        #expect(content.contains("INVALID") && content.contains("old has no address"))
    }

    @Test("nothing measured is a page as well")
    func empty() throws {
        let failure = ProbeFailure(.nameNotFound, "no address", remedy: nil)
        let report = ProbeReport(
            measurements: [], unresolved: [.init(url: "tcp://x:1", failure: failure)], ownCPUs: nil, runDelay: nil,
            rate: 20, host: nil, startedAt: 0, duration: .zero, warnings: [])
        let content = content(report)
        #expect(content.contains("tcp://x:1 failed: no address") && !content.contains("id=\"over-time\""))
        #expect(!content.contains("NaN") && !content.contains("inf"))
    }

    @Test(
        "one answer, answers that are all alike, and none at all give axes",
        arguments: [[], [5e5], [5e5, 5e5], [1, 4e12]])
    func scales(latencies: [Double]) {
        let scale = LatencyScale(latencies)
        #expect(scale.low < scale.high)
        for latency in latencies { #expect((0...1).contains(scale.position(latency))) }
        let ticks = scale.ticks(atMost: 5)
        #expect((2...5).contains(ticks.count), "\(ticks)")
        #expect(Set(ticks.map(\.text)).count == ticks.count)
    }

    @Test("an axis holds what lies on it, and its ends are round")
    func axis() {
        let scale = LatencyScale([130_000, 480_000_000])
        #expect(scale.low == 100_000 && scale.high == 500_000_000)
        #expect(scale.ticks(atMost: 10).map(\.text) == ["100 µs", "1 ms", "10 ms", "100 ms"])
        #expect(LatencyScale([130_000, 480_000]).ticks(atMost: 10).map(\.text) == ["100 µs", "200 µs", "500 µs"])
        #expect(LatencyStrip.columns(10e9).map(\.text) == ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"])
        #expect(LatencyStrip.columns(0.35e9).map(\.text) == ["0 s", "0.1 s", "0.2 s", "0.3 s"])
    }

    @Test("histograms of a document give back its percentiles, and a comparison with itself is no change")
    func document() throws {
        let bytes = Array(try text("json", ProbeScene.report()).utf8)
        let record = try ProbeRecord(bytes, source: "probe.json")
        #expect(record.targets.count == 5 && record.rate == 20)
        for (target, measurement) in zip(record.targets, ProbeScene.report().measurements) {
            let median = try #require(measurement.latency?.p50)
            #expect(target.latencies.map { abs($0.quantile(0.5) - Double(median)) <= Double(median) * 0.002 } == true)
        }
        let comparison = ProbeComparison(before: record, after: record)
        #expect(!comparison.hasChanges)
        #expect(comparison.targets.map { $0.incomparable == nil } == [true, true, true, false, false])
        let layout = Report.Layout(width: 100, usesColor: false)
        try Golden.expect(TextProbeDifference.bytes(of: comparison, layout: layout), equals: "probe-diff-same.text")
    }

    @Test("a comparison says what changed first")
    func difference() throws {
        func record(_ change: (String) -> String) throws -> ProbeRecord {
            try ProbeRecord(Array(change(try text("json", ProbeScene.report())).utf8), source: "probe.json")
        }
        let before = try record { $0 }
        var after = before
        after.source = "after.json"
        // Ten times as slow.
        let latencies = try #require(before.targets[0].latencies)
        after.targets[0].latencies = LatencyHistogram(
            latencies: latencies.latencies.map { $0 * 10 }, counts: latencies.counts)
        for index in after.targets[0].moments.indices { after.targets[0].moments[index].most *= 10 }
        after.targets[0].checks?.removeAll { $0.id == "rd.maxmemory" }
        after.targets[0].checks?.append(.init(id: "rd.maxmemory", severity: nil))
        after.targets[2].received = 0
        after.targets[2].error = "nobody is there"
        after.targets.removeLast()
        let comparison = ProbeComparison(before: before, after: after)
        let layout = Report.Layout(width: 100, usesColor: false)
        let bytes = TextProbeDifference.bytes(of: comparison, layout: layout)
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("redis://cache:6379 at 10.0.0.5:6379 is slower: "))
        try Golden.expect(bytes, equals: "probe-diff.text")
        let json = JSONNode(try JSONValue.parsed(try JSONProbeDifference.bytes(of: comparison)))
        #expect(json["verdict"].word == "changed")
        let first = try json["targets"].elements()[0]
        #expect(try first["latency_ns"].elements()[0]["direction"].word == "slower")
        #expect(try first["findings"].elements().map { $0["change"].word } == ["gone"])
        #expect(try json["targets"].elements()[2]["stopped"].value == .boolean(true))
        #expect(try json["unmatched"]["before"].elements().compactMap(\.word) == ["http://old"])
    }
}
