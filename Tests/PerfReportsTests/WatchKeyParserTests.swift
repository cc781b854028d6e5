import Testing

@testable import PerfReports

@Suite("Watch keys") struct WatchKeyParserTests {
    private static let sequences: [(String, [WatchKey])] = [
        ("q", [.character("q")]), ("\r", [.enter]), ("\u{3}", [.interrupt]), ("\u{1A}", [.suspend]),
        ("\u{C}", [.redraw]), ("\u{7F}", [.backspace]), ("é", [.character("é")]), ("数", [.character("数")]),
        ("\u{1B}[A\u{1B}OB", [.up, .down]), ("\u{1B}[C\u{1B}[D", [.right, .left]),
        ("\u{1B}[5~\u{1B}[6~", [.pageUp, .pageDown]), ("\u{1B}[1~\u{1B}[4~", [.home, .end]),
        ("\u{1B}[H\u{1B}OF", [.home, .end]), ("\u{1B}[1;5A", [.up]), ("\u{1B}[15~", [.unknown]),
        ("\u{1B}OM", [.enter]), ("jk\u{1B}[Bq", [.character("j"), .character("k"), .down, .character("q")]),
        ("\u{1B}j", [.escape, .character("j")]), ("\u{1B}\u{1B}[A", [.escape, .up]),
    ]

    @Test("reads keys and sequences, in whatever pieces they arrive")
    func pieces() {
        for (text, expected) in Self.sequences {
            let bytes = Array(text.utf8)
            for cut in 0...bytes.count {
                var parser = WatchKeyParser()
                let keys = parser.keys(from: Array(bytes[..<cut])) + parser.keys(from: Array(bytes[cut...]))
                #expect(keys == expected, "\(text.debugDescription) cut at \(cut)")
                #expect(!parser.isWaiting)
            }
            var parser = WatchKeyParser()
            #expect(bytes.flatMap { parser.keys(from: [$0]) } == expected)
        }
    }

    @Test("an escape that nothing follows is the escape key")
    func escape() {
        var parser = WatchKeyParser()
        #expect(parser.keys(from: [0x1B]).isEmpty)
        #expect(parser.isWaiting)
        #expect(parser.rest() == [.escape])
        #expect(!parser.isWaiting && parser.rest().isEmpty)
        #expect(parser.keys(from: Array("\u{1B}[".utf8)).isEmpty)
        #expect(parser.rest() == [.escape, .unknown])
    }

    @Test("whatever arrives, it ends, and what follows is read again")
    func garbage() {
        var seed: UInt64 = 0x2545_F491_4F6C_DD1D
        for _ in 0..<2000 {
            var parser = WatchKeyParser()
            var bytes: [UInt8] = []
            for _ in 0..<24 {
                seed ^= seed << 13
                seed ^= seed >> 7
                seed ^= seed << 17
                // Half of the bytes are those that sequences are made of.
                bytes.append(
                    seed & 1 == 0
                        ? UInt8(truncatingIfNeeded: seed >> 8) : Array("\u{1B}[O;15~A".utf8)[Int(seed >> 8 & 7)])
            }
            _ = parser.keys(from: bytes) + parser.rest()
            #expect(parser.keys(from: Array("q".utf8)) == [.character("q")])
        }
        var parser = WatchKeyParser()
        _ = parser.keys(from: Array("\u{1B}[".utf8) + [UInt8](repeating: 0x30, count: 100))
        #expect(!parser.isWaiting)
    }
}
