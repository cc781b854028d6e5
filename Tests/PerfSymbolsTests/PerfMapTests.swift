import PerfModel
import PerfSymbols
import Testing

@Suite("Perf maps")
struct PerfMapTests {
    @Test("names the function that holds an address")
    func namesFunctions() {
        let map = PerfMap(Array("1000 20 first\n0x1020 0x10 second with spaces <x>\n".utf8))
        #expect(map.name(at: 0xFFF) == nil)
        #expect(map.name(at: 0x1000) == "first")
        #expect(map.name(at: 0x101F) == "first")
        #expect(map.name(at: 0x1020) == "second with spaces <x>")
        #expect(map.name(at: 0x1030) == nil)
    }

    @Test("lets later lines win where they overlap")
    func laterLinesWin() {
        let map = PerfMap(Array("1000 100 old\n1040 20 new\n1050 8 newest\n1000 10 again\n".utf8))
        let names = [0x1000, 0x100F, 0x1010, 0x103F, 0x1040, 0x1050, 0x1057, 0x1058, 0x1060, 0x10FF].map {
            map.name(at: UInt64($0))
        }
        #expect(names == ["again", "again", "old", "old", "new", "newest", "newest", "new", "old", "old"])
    }

    @Test("skips lines that do not parse")
    func skipsGarbage() {
        let text =
            "\n \nzz 10 bad\n1000\n1000 \n1000 10\n1000 10 \n1000 0 empty\nffffffffffffffff 10 wraps\n"
            + "12345678901234567 1 long\n2000 10 good\r\n3000 10 cut"
        let map = PerfMap(Array(text.utf8))
        #expect(map.name(at: 0x1000) == nil)
        #expect(map.name(at: 0x2000) == "good")
        #expect(map.name(at: 0x3000) == "cut")
        #expect(PerfMap([UInt8]()).isEmpty)
    }

    @Test("agrees with a plain search on random maps")
    func agreesWithPlainSearch() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let lines = (0..<Int.random(in: 1..<40, using: &random)).map { index in
                (UInt64.random(in: 0..<200, using: &random), UInt64.random(in: 1..<60, using: &random), "f\(index)")
            }
            let text = lines.map { "\(String($0.0, radix: 16)) \(String($0.1, radix: 16)) \($0.2)\n" }.joined()
            let map = PerfMap(Array(text.utf8))
            for address in UInt64(0)..<260 {
                let expected = lines.last { address >= $0.0 && address < $0.0 + $0.1 }?.2
                #expect(map.name(at: address) == expected)
            }
        }
    }

    @Test("survives random bytes")
    func survivesRandomBytes() {
        var random = SeededGenerator(seed: 9)
        let alphabet = Array("0123456789abcdefxF \n\r\u{0}\u{7F}".utf8) + [0xFF, 0xC3]
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<400, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            let map = PerfMap(bytes)
            for _ in 0..<10 { _ = map.name(at: .random(in: 0 ... .max, using: &random)) }
        }
    }
}
