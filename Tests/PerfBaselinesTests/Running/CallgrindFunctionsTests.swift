import PerfModel
import Testing

@testable import PerfBaselines

@Suite("instructions of functions") struct CallgrindFunctionsTests {
    /// As callgrind 3.19 writes it, cut down: compressed names, relative lines, calls, inlined code.
    private static let text = """
        # callgrind format
        version: 1
        creator: callgrind-3.19.0
        positions: line
        events: Ir
        summary: 4200

        ob=(1) /tool
        fl=(1) /src/main.c
        fn=(1) main
        6 3
        cfn=(2) mix
        calls=2 -1
        * 4000
        * 4
        +2 5
        fi=(2) /src/inline.h
        40 7
        fe=(1)
        -3 1

        fn=(2)
        12 1500
        +1 2500

        fl=(3) ???
        fn=(3) 0x1080
        0 5

        fn=(1)
        9 100
        totals: 4200
        """

    private func functions(_ text: String) -> [String: CallgrindFunctions.Function] {
        var functions = CallgrindFunctions()
        functions.add(parsing: Array(text.utf8))
        return functions.functions
    }

    @Test("each has its own instructions, with what was inlined into it and without what it called")
    func own() throws {
        let functions = functions(Self.text)
        #expect(functions.count == 3)
        let main = try #require(functions["main"])
        #expect(main.instructions == 3 + 4 + 5 + 7 + 1 + 100)
        let mix = try #require(functions["mix"])
        #expect(mix.instructions == 4000 && mix.file == "/src/main.c" && mix.line == 12)
        #expect(functions["0x1080"]?.instructions == 5 && functions["0x1080"]?.file == nil)
    }

    @Test("the first line is that of the function's own file")
    func lines() {
        #expect(functions(Self.text)["main"]?.line == 6)
        #expect(functions("fl=(1) a.c\nfn=(1) f\nfi=(2) b.h\n3 1\nfe=(1)\n20 1\n")["f"]?.line == 20)
    }

    @Test("several processes add up")
    func processes() {
        var functions = CallgrindFunctions()
        for _ in 0..<2 { functions.add(parsing: Array(Self.text.utf8)) }
        #expect(functions.functions["mix"]?.instructions == 8000)
    }

    @Test("any damage is another result, never a crash (fixed seed)")
    func damage() {
        var seed: UInt64 = 0xCA11
        func next(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        let words = [
            "-99999999999999999999", "+18446744073709551615", "(1)", "fn=", "=", "*", "calls=", "\n",
            "18446744073709551615",
        ]
        for _ in 0..<2000 {
            var bytes = Array(Self.text.utf8)
            for _ in 0...next(4) {
                let place = next(bytes.count)
                switch next(3) {
                case 0: bytes[place] = UInt8(next(256))
                case 1: bytes.removeSubrange(place...)
                default: bytes.insert(contentsOf: words[next(words.count)].utf8, at: place)
                }
                if bytes.isEmpty { bytes = [0x30] }
            }
            var functions = CallgrindFunctions()
            functions.add(parsing: bytes)
            #expect(functions.functions.count < 100)
        }
    }
}
