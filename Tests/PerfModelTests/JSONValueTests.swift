import Testing

@testable import PerfModel

@Suite("JSON of others")
struct JSONValueTests {
    @Test("every kind of value is read, and NaN as Python writes it")
    func values() throws {
        let text =
            #" {"a":[1,-2.5,1e3,12345678901234568,-Infinity],"b":{"c":null,"d":true},"é\n\u00e9\ud83d\ude00":"\\\/"} "#
        let node = JSONNode(try JSONValue.parsed(Array(text.utf8)))
        #expect(
            node["a"].value
                == .array([
                    .number(1), .number(-2.5), .number(1000), .number(12_345_678_901_234_568), .number(-.infinity),
                ]))
        #expect(node["b"]["c"].value == .null && !node["b"]["c"].isPresent && node["b"].has("c", "d"))
        #expect(try node["é\né😀"].string() == "\\/")
        #expect(try JSONNode(JSONValue.parsed(Array("NaN".utf8))).amountIfKnown() == nil)
        #expect(try JSONNode(JSONValue.parsed(Array("\"NaN\"".utf8))).amountIfKnown() == nil)
    }

    @Test(
        "what is no JSON is refused with its place",
        arguments: [
            ("", "line 1, column 1"), ("{", "line 1, column 2"), ("[1,]", "line 1, column 4"),
            ("[1 2]", "line 1, column 4"),
            ("{\n\"a\":1,\n\"a\":2}", "line 3, column 1"), ("\"a", "line 1, column 3"), ("\"\n\"", "line 1, column 2"),
            ("\"\\x\"", "line 1, column 3"), ("\"\\u12\"", "line 1, column 4"), ("01x", "line 1, column 3"),
            ("1.", "line 1, column 3"),
            ("-", "line 1, column 2"), ("1e", "line 1, column 3"), ("{1:2}", "line 1, column 2"),
            ("tru", "line 1, column 1"),
            ("[] []", "line 1, column 4"), (String(repeating: "[", count: 1_000_000), "line 1, column 129"),
        ])
    func refused(text: String, place: String) {
        let problem = #expect(throws: ReadingProblem.self) { try JSONValue.parsed(Array(text.utf8)) }
        #expect(problem?.place == place, "\(problem?.text ?? "")")
    }

    @Test("accessors name the path of what is wrong")
    func paths() throws {
        let node = JSONNode(try JSONValue.parsed(Array(#"{"a":[{"b":"x","n":-1,"f":1.5,"big":1e300}]}"#.utf8)))
        let element = try node["a"].elements()[0]
        func place(_ body: () throws(ReadingProblem) -> Void) -> String? {
            do throws(ReadingProblem) {
                try body()
                return nil
            } catch { return error.text }
        }
        #expect(
            place { () throws(ReadingProblem) in _ = try element["b"].number() }
                == "a.0.b: a number is needed, and it is a text")
        #expect(
            place { () throws(ReadingProblem) in _ = try element["c"].string() }
                == "a.0.c: a text is needed, and it is missing")
        #expect(place { () throws(ReadingProblem) in _ = try element["n"].amount() } == "a.0.n: -1.0 is below zero")
        #expect(place { () throws(ReadingProblem) in _ = try element["f"].count() } == "a.0.f: 1.5 is no count")
        #expect(place { () throws(ReadingProblem) in _ = try element["big"].count() } == "a.0.big: 1e+300 is no count")
        #expect(
            place { () throws(ReadingProblem) in _ = try node.elements() } == "an array is needed, and it is an object")
    }
}

@Suite("SHA-256")
struct SHA256Tests {
    @Test(
        "digests are those of coreutils' sha256sum",
        arguments: [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
            (55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
            (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
            (64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
            (1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"),
            (1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
    func digests(count: Int, digest: String) {
        #expect(SHA256.hexadecimal(of: Array(repeating: UInt8(ascii: "a"), count: count)) == digest)
    }
}
