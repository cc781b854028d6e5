import PerfModel
import PerfProbes
import PerfProfiles
import Testing

@testable import PerfReports

@Suite("Watch screen") struct WatchScreenTests {
    private static let sizes = [ScreenSize(columns: 80, rows: 24), ScreenSize(columns: 120, rows: 40)]

    private func lines(_ state: WatchState, _ size: ScreenSize, color: Bool = false) -> [String] {
        WatchScreen(state, size: size, usesColor: color).lines
    }

    private func golden(
        _ state: WatchState, _ name: String, _ size: ScreenSize, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let lines = lines(state, size)
        #expect(lines.count == size.rows, sourceLocation: sourceLocation)
        for line in lines { #expect(line.displayWidth <= size.columns, "\(line)", sourceLocation: sourceLocation) }
        try Golden.expect(
            Array((lines.joined(separator: "\n") + "\n").utf8),
            equals: "watch-\(name)-\(size.columns)x\(size.rows).txt",
            sourceLocation: sourceLocation)
    }

    @Test("shows verdict, gauges, findings and processes", arguments: sizes)
    func overview(size: ScreenSize) throws {
        try golden(try WatchScene.state(windows: 12), "overview", size)
    }

    @Test("shows the key metrics of servers beside the verdict, in place of CPU and memory", arguments: sizes)
    func keyMetrics(size: ScreenSize) throws {
        let state = try WatchScene.state(windows: 4, keyMetrics: WatchScene.keyMetrics)
        let lines = lines(state, size)
        #expect(lines.count == size.rows && lines.allSatisfy { $0.displayWidth <= size.columns })
        func line(_ start: String) throws -> String { try #require(lines.first { $0.hasPrefix(start) }) }
        #expect(try line("API p95").contains(" 2.34 s "))
        #expect(try line("API p95").contains("high (fine < 500 ms, high ≥ 2.00 s)"))
        #expect(try line("Queries avg").contains("210 ms") && line("Queries avg").contains("warning (fine < 100 ms"))
        #expect(try line("CPU ").contains("84%") && line("CPU ").contains("fine (< 85%, high ≥ 95%)"))
        // As much of what to do as there is room for.
        #expect(
            try line("Errors").contains(
                "- unmeasured: no target tells it; next: \(KeyMetric.errorRate.remedy.prefix(16))"))
        #expect(lines.count { $0.hasPrefix("CPU ") } == 1 && lines.count { $0.hasPrefix("Memory") } == 1)
        #expect(lines.contains { $0.hasPrefix("Disk ") } && lines.contains { $0.contains("↓%CPU") })
        try golden(state, "key-metrics", size)
    }

    @Test("opens a process: its time and its threads", arguments: sizes)
    func process(size: ScreenSize) throws {
        var state = try WatchScene.state(windows: 5)
        #expect(state.press(.enter) == nil)
        #expect(state.opened == 812)
        try golden(state, "process", size)
    }

    @Test("shows the functions of a profile, and help", arguments: sizes)
    func pages(size: ScreenSize) throws {
        var state = try WatchScene.state(windows: 5)
        state.show(WatchScene.profile)
        try golden(state, "profile", size)
        #expect(state.press(.escape) == nil)
        #expect(state.page == .processes)
        #expect(state.press(.character("?")) == nil)
        try golden(state, "help", size)
    }

    @Test("gives no verdict on fewer than three windows", arguments: [0, 1, 2, 3])
    func tooFew(windows: Int) throws {
        let lines = lines(try WatchScene.state(windows: windows), Self.sizes[0])
        #expect(lines[0].hasPrefix("…") == (windows < 3))
        #expect(lines[0].hasPrefix("CPU-bound: postgres (pid 812)") == (windows >= 3))
        #expect(lines.contains { $0.contains("postgres") } == (windows > 0))
    }

    @Test("fits every size, and says when it is too small for anything")
    func everySize() throws {
        let state = try WatchScene.state(windows: 4)
        for page in [nil, WatchKey.enter, .character("?")] {
            var state = state
            if let page { #expect(state.press(page) == nil) }
            for columns in [1, 10, 39, 40, 41, 79, 99, 100, 300] {
                for rows in [1, 5, 11, 12, 13, 20, 37, 100] {
                    let lines = lines(state, ScreenSize(columns: columns, rows: rows))
                    #expect(lines.count == rows)
                    #expect(lines.allSatisfy { $0.displayWidth <= columns })
                }
            }
        }
        #expect(lines(state, ScreenSize(columns: 39, rows: 24))[0] == "needs 40 columns and 12 rows")
    }

    @Test("names cannot drive the terminal, and wide ones keep the columns")
    func hostileNames() throws {
        var state = try WatchScene.state(windows: 4, name: "a\u{1B}]0;x\u{7}\u{202E}数")
        for color in [false, true] {
            for page in [nil, WatchKey.enter] {
                if let page { #expect(state.press(page) == nil) }
                let text = lines(state, Self.sizes[1], color: color).joined()
                let plain = text.replacing(/\u{1B}\[[0-9;]*m/, with: "")
                #expect(
                    plain.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x202E })
                #expect(plain.contains("a\\u{1B}]0;x\\u{7}\\u{202E}数"))
                #expect(text.contains("\u{1B}") == color)
            }
        }
    }

    @Test("colours change nothing but the look")
    func colors() throws {
        let state = try WatchScene.state(windows: 4)
        let plain = lines(state, Self.sizes[0])
        let colored = lines(state, Self.sizes[0], color: true)
        for (one, other) in zip(plain, colored) {
            #expect(other.replacing(/\u{1B}\[[0-9;]*m/, with: "").trimmedRight == one)
        }
        #expect(colored.contains { $0.contains("\u{1B}[1;31mcritical\u{1B}[0m") })
        #expect(colored.contains { $0.hasPrefix("\u{1B}[7m>") })
    }

    @Test("a line over time shows the largest of what shares a column")
    func sparkline() {
        #expect(Sparkline.text([0, 0.5, 1], width: 5, top: 1) == "  ▁▄█")
        #expect(Sparkline.text([nil, 0.01, 2], width: 3, top: 1) == " ▁█")
        #expect(Sparkline.text([0, 1, 0, 0.5, 0], width: 3, top: 1) == "▁█▄")
        #expect(Sparkline.text([10, 40], width: 2, top: 0) == "▂█")
        #expect(Sparkline.text([], width: 2, top: 0) == "  ")
        #expect(Sparkline.text([1], width: 0, top: 0) == "")
    }

    @Test("bytes are short", arguments: [(0, "0"), (812, "812"), (1023, "1.0K"), (1_300_000, "1.2M"), (1e12, "931G")])
    func shortBytes(bytes: Double, text: String) {
        #expect(WatchText.short(bytes) == text)
    }
}
