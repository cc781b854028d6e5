import FoundationEssentials
import PerfHost
import PerfModel
import Testing

@testable import PerfReports

@Suite("Diagnoses as pages and as Markdown") struct DiagnosisFormatTests {
    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("every part of a known diagnosis stands on the page")
    func page() throws {
        let report = try DiagnosisScene().report()
        try Golden.expect(DiagnosisMarkup(report).bytes, equals: "diagnosis.html")
    }

    @Test("every part of a known diagnosis stands in the ticket")
    func markdown() throws {
        try Golden.expect(MarkdownDiagnosisFormat.bytes(of: DiagnosisScene().report()), equals: "diagnosis.md")
    }

    @Test("the same report gives the same bytes")
    func isDeterministic() throws {
        let report = try DiagnosisScene().report()
        #expect(try HTMLDiagnosisFormat.bytes(of: report) == HTMLDiagnosisFormat.bytes(of: report))
    }

    @Test("a page without a profile has no script, one with it carries the flame graph's data")
    func scripts() throws {
        var scene = DiagnosisScene()
        let with = Self.text(try HTMLDiagnosisFormat.bytes(of: scene.report()))
        #expect(with.contains(#"<script type="application/json" id="profile">"#))
        #expect(with.hasSuffix("</script>\n</body>\n</html>"))
        #expect(with.ranges(of: "<main").count == 1 && with.ranges(of: "<h1").count == 1)
        #expect(with.ranges(of: "<section").count == with.ranges(of: "</section>").count)
        scene.hasProfile = false
        let without = Self.text(try HTMLDiagnosisFormat.bytes(of: scene.report()))
        #expect(!without.contains("<script") && without.hasSuffix("</body>\n</html>\n"))
    }

    @Test("the page forbids everything that it does not bring along")
    func policy() throws {
        let page = Self.text(try HTMLDiagnosisFormat.bytes(of: DiagnosisScene().report()))
        #expect(page.contains("default-src 'none'; script-src 'sha256-"))
        #expect(!page.contains("-HASH"))
        let content = Self.text(DiagnosisMarkup(try DiagnosisScene().report()).bytes)
        #expect(!content.contains(" style=") && !content.contains("http") && !content.contains(" onclick="))
    }

    @Test("no name becomes markup of the page")
    func hostilePage() throws {
        let report = try DiagnosisScene.hostile.report()
        let content = Self.text(DiagnosisMarkup(report).bytes)
        #expect(content.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"))
        for piece in ["<img", "<script", "</script", "<!--", "<i>", "<b>d", "onerror=alert(1)>"] {
            #expect(!content.contains(piece), "\(piece)")
        }
        let page = Self.text(try HTMLDiagnosisFormat.bytes(of: report))
        let head = try #require(page.firstRange(of: "</title>")).lowerBound
        #expect(!page[..<head].contains("<img"))
    }

    /// What is left of Markdown when its code spans are taken out, as CommonMark finds them.
    private static func withoutCode(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "`") {
            result += rest[..<start]
            let fence = rest[start...].prefix { $0 == "`" }
            rest = rest[fence.endIndex...]
            var closing: Substring.Index?
            var place = rest[...]
            while let next = place.firstIndex(of: "`") {
                let run = place[next...].prefix { $0 == "`" }
                if run.count == fence.count {
                    closing = run.endIndex
                    break
                }
                place = place[run.endIndex...]
            }
            guard let closing else { return result + fence + rest }
            rest = rest[closing...]
        }
        return result + rest
    }

    @Test("no name becomes markup, a mention or a link of a ticket")
    func hostileMarkdown() throws {
        let bytes = MarkdownDiagnosisFormat.bytes(of: try DiagnosisScene.hostile.report())
        let markdown = Self.text(bytes)
        #expect(markdown.contains("`@admin`") && markdown.contains("`#12`") && markdown.contains("`<!--`"))
        let plain = Self.withoutCode(markdown)
            .replacing("<details>", with: "").replacing("</details>", with: "")
            .replacing("<summary>", with: "").replacing("</summary>", with: "")
        for piece in ["<", "@", "`", "[", "_b", "~", "$", "&", "!", "http", "www.", ":smile:", "%5", "#12", "\\"] {
            #expect(!plain.contains(piece), "\(piece) in \(plain)")
        }
        // A table has as many cells in each of its rows, whatever names hold.
        let rows = markdown.split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(rows.count == 5 && rows.allSatisfy { $0.count { $0 == "|" } == 6 })
    }

    @Test(
        "words that mean nothing stay words",
        arguments: [
            "98.5%", "23:36:31", "perfdoctor", "(pid", "1,000/s", "read/write",
            "off-cpu", "-p", "p95", "48,", "x86_64",
        ])
    func plainWords(word: String) {
        #expect(MarkdownText.text("x \(word)") == "x \(word)")
    }

    @Test(
        "words that could mean something are code",
        arguments: [
            "@me", "#1", "GH-1", "a@b.c", "www.a.b", "http://a", ":+1a:", ":100:", "_a_", "a|b", "<b>", "deadbeef",
            "%1",
            "!7", "$x", "~a", "&amp;", "\\@", "[x]", "**", "a\nb",
        ])
    func riskyWords(word: String) {
        let text = MarkdownText.text("x \(word)")
        #expect(Self.withoutCode(text).dropFirst(2).allSatisfy { "(),.;:".contains($0) })
        #expect(text.hasPrefix("x `") && text.contains("`") && !text.contains("|") && !text.contains("\n"))
    }

    @Test("backticks in names do not end a code span, and a sentence begins neither list nor heading")
    func fences() {
        #expect(MarkdownText.code("`a`") == "`` `a` ``")
        #expect(MarkdownText.text("(in @a, b)") == "(in `@a`, b)")
        #expect(MarkdownText.code("a``b") == "```a``b```")
        #expect(MarkdownText.text("- a") == "`-` a" && MarkdownText.text("1. a") == "`1`. a")
        #expect(Self.withoutCode(MarkdownText.text("a`b ``c ` d``")).allSatisfy { "ad ".contains($0) })
    }

    @Test("charts have a step for each window, and none for the rehearsal")
    func windows() throws {
        let charts = WindowCharts(try DiagnosisScene().report().observation)
        #expect(charts.spans.spans == [0...2, 2...4, 4...6, 6...8])
        let cpu = try #require(charts.all.first)
        #expect(cpu.series[0].name == "busy" && cpu.series[0].values.count == 4)
        // 100 of 406 ticks of the first window.
        #expect(abs(try #require(cpu.series[0].values[0]) - 100.0 / 406) < 1e-9)
        #expect(cpu.limits.map(\.value) == [CPUUtilizationCheck.threshold.warning])
        let memory = try #require(charts.all.first { $0.unit == "bytes" })
        #expect(memory.series[0].values[3] == 1_638_400_000.0)
        let threads = try #require(charts.all.first { $0.title.hasPrefix("Threads") })
        #expect(threads.series[0].values == [2, 3, 4, 5] && threads.limits.map(\.value) == [2])
    }

    @Test("charts have the limits that the user set")
    func thresholds() throws {
        let set = ["cpu.util": CheckThreshold(0.5, unit: "ratio", origin: "perfdoctor.json")]
        let charts = WindowCharts(try DiagnosisScene().report().observation, thresholds: set)
        #expect(charts.all.first?.limits.map(\.text) == ["cpu.util 50.0%"])
    }

    @Test("a chart says why it is empty")
    func blind() throws {
        var page = HTMLMarkup()
        let chart = WindowChart(
            title: "Disks", unit: "ratio", series: [.init(name: "vda", values: [nil, nil])],
            reason: "Not seen: no <file>")
        WindowChartMarkup(chart: chart, spans: WindowSpans([])).write(to: &page)
        #expect(Self.text(page.bytes).contains("Not seen: no &lt;file&gt;."))
    }
}
