import PerfLinux
import PerfModel
import Testing

@testable import PerfCommands

@Suite("Self-check output")
struct SelfCheckTextTests {
    private func check(cycles: Int32 = 0) -> SelfCheck {
        var probes = KernelProbes()
        probes.cycles = cycles
        return SelfCheck(files: HostFiles(root: "/no-such-root"), probes: probes)
    }

    @Test("puts the verdict first, then each thing with what it means and what mends it")
    func text() throws {
        let text = SelfCheckText(check: check(cycles: 2), usesColor: false).text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first?.hasPrefix("Everything perfdoctor needs works here; ") == true)
        let index = try #require(lines.firstIndex { $0.contains("no hardware counters here") })
        #expect(lines[index].hasPrefix("  limited  hardware events "))
        #expect(lines[index + 1].hasPrefix("           so:   no cycles"))
        #expect(lines[index + 2].hasPrefix("           mend: give the virtual machine"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test("colours only the state")
    func color() {
        let text = SelfCheckText(check: check(), usesColor: true).text
        #expect(text.contains("\u{1B}[32mok     \u{1B}[0m  "))
    }

    @Test("has a document of the kind self_check")
    func document() throws {
        let document = Document(
            kind: "self_check", host: nil, startedAt: nil, duration: nil, warnings: [], body: SelfCheckBody(check())
        )
        let text = String(decoding: try document.encoded(), as: UTF8.self)
        #expect(text.contains(#""schema":"perfdoctor.self_check/1""#))
        #expect(text.contains(#""usable":true"#))
        #expect(text.contains(#""id":"perf.cpu_clock""#))
    }
}
