import Testing

@testable import PerfLinux

@Suite("Full screen") struct FullScreenTests {
    @Test("draws only the lines that have changed")
    func difference() {
        #expect(FullScreen.difference(from: ["a", "b", "c"], to: ["a", "b", "c"]) == "")
        #expect(FullScreen.difference(from: ["a", "b", "c"], to: ["a", "x", "c"]) == "\u{1B}[2;1H\u{1B}[Kx")
    }

    @Test("draws all of it at first, and when the number of rows has changed")
    func whole() {
        let all = "\u{1B}[2J\u{1B}[1;1H\u{1B}[Ka\u{1B}[2;1H\u{1B}[Kb"
        #expect(FullScreen.difference(from: [], to: ["a", "b"]) == all)
        #expect(FullScreen.difference(from: ["a", "b", "c"], to: ["a", "b"]) == all)
    }
}
