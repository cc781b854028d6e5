import PerfModel
import Testing

@testable import PerfHost
@testable import PerfReports

@Suite("Numbers of a host") struct HostNumbersTests {
    /// Rows of cells: how wide they are is for the goldens.
    private func cells(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    private func window() -> HostWindow { HostWindow(first: WatchScene.snapshot(0), last: WatchScene.snapshot(1)) }

    /// Cells by their headings.
    private func table(_ header: String, _ line: String) throws -> [String: String] {
        let (names, values) = (cells(header), cells(line))
        try #require(names.count == values.count)
        return Dictionary(uniqueKeysWithValues: zip(names, values))
    }

    @Test("a device's line has the numbers of iostat -x, and - for what the kernel does not count")
    func devices() throws {
        let lines = try #require(DeviceNumbers.lines(of: window()))
        #expect(lines.count == 1)
        let row = try table(DeviceNumbers.header, lines[0])
        let expected = [
            "Device": "vda", "r/s": "200.00", "rkB/s": "4096.00", "rrqm/s": "50.00", "%rrqm": "20.00",
            "r_await": "3.00", "rareq-sz": "20.48", "w/s": "50.00", "wkB/s": "1024.00", "w_await": "2.00",
            "d/s": "-", "d_await": "-", "f/s": "-", "f_await": "-", "aqu-sz": "0.70", "%util": "45.00",
        ]
        for (name, value) in expected { #expect(row[name] == value, "\(name)") }
    }

    @Test("the host's line has the numbers of vmstat")
    func machine() throws {
        let row = try table(MachineNumbers.header, MachineNumbers.line(of: window()))
        let expected = [
            "r": "3", "b": "1", "swpd": "126976", "free": "1048576", "buff": "102400", "cache": "2148352", "si": "0",
            "so": "0", "bi": "4096", "bo": "1024", "in": "1500", "cs": "12000", "us": "60", "sy": "20", "id": "15",
            "wa": "4", "st": "1",
        ]
        #expect(row == expected)
    }

    @Test("what cannot be seen is -, never 0")
    func blind() throws {
        let window = HostWindow(
            first: HostSnapshot(takenAt: HostInstant(monotonic: 1, boot: 1)),
            last: HostSnapshot(takenAt: HostInstant(monotonic: 2_000_000_001, boot: 2_000_000_001)))
        #expect(Set(cells(MachineNumbers.line(of: window))) == ["-"])
        #expect(DeviceNumbers.lines(of: window) == nil && ProcessorNumbers.lines(of: window) == nil)
        #expect(ProcessNumbers.lines(of: window, limit: 9) == nil)
        let text = HostNumbersText(window: window, style: TextStyle(usesColor: false)).lines
        #expect(text.count { $0 == "-  not seen: not collected" } == 3)
    }

    @Test("processes have the columns of pidstat; who was not looked at closely has no waits and no I/O")
    func processes() throws {
        let lines = try #require(ProcessNumbers.lines(of: window(), limit: 9))
        #expect(lines.count == 3)
        let first = try table(ProcessNumbers.header, lines[0])
        let expected = [
            "PID": "812", "%usr": "60.00", "%system": "15.00", "%wait": "16.00", "%CPU": "75.00", "majflt/s": "20.00",
            "RSS": "240000", "kB_rd/s": "4096.00", "kB_wr/s": "1024.00", "cswch/s": "500.00", "nvcswch/s": "100.00",
            "threads": "2", "Command": "postgres",
        ]
        for (name, value) in expected { #expect(first[name] == value, "\(name)") }
        let second = try table(ProcessNumbers.header, lines[1])
        for name in ["%wait", "kB_rd/s", "kB_wr/s", "cswch/s", "nvcswch/s"] { #expect(second[name] == "-") }
        #expect(lines[2].hasSuffix("evil\\u{1B}[31m\\u{A}name"))
        #expect(try #require(ProcessNumbers.lines(of: window(), limit: 1)).count == 1)
    }

    @Test("CPUs have the columns of mpstat")
    func processors() throws {
        let lines = try #require(ProcessorNumbers.lines(of: window()))
        #expect(lines.map { cells($0)[0] } == ["all", "0", "1"])
        let row = try table(ProcessorNumbers.header, lines[0])
        #expect(row["%usr"] == "60.00" && row["%sys"] == "20.00" && row["%idle"] == "15.00" && row["%steal"] == "1.00")
    }

    @Test("windows are printed with headings now and then, and no verdict on the first two")
    func text() throws {
        var text = WatchText(usesColor: false)
        var all: [String] = []
        for number in 1...11 { all += text.lines(of: try WatchScene.moment(windows: number)) }
        #expect(all.count { $0 == MachineNumbers.header } == 2)
        #expect(all.count { $0.contains("… window") } == 2)
        #expect(all[0] == "23:41:09 UTC  … window 1 of 3 that a verdict takes")
        #expect(
            all.contains { $0.hasPrefix("23:41:13 UTC  CPU-bound: postgres") && $0.hasSuffix(". Confidence high.") })
    }
}
