import PerfReports
import Testing

@Suite("Readable names") struct ReadableNameTests {
    @Test(
        "leaves out standard modules, private discriminators and extensions, and nothing else",
        arguments: [
            ("main.parse(Swift.String) -> Swift.Int?", "main.parse(String) -> Int?"),
            (
                "App.(parse in _BB1E85D6DB821F7A7970BC4D889EF3A9)([Swift.UInt8]) throws -> ()",
                "App.parse([UInt8]) throws -> ()"
            ),
            ("(extension in Foundation):Swift.String.init(format: Swift.String)", "String.init(format: String)"),
            ("Swift.Array.append(A) -> ()", "Array.append(A) -> ()"),
            ("FoundationEssentials.JSONDecoder.decode", "JSONDecoder.decode"),
            ("MySwift.Thing.run() -> ()", "MySwift.Thing.run() -> ()"),
            ("App.Swift.run() -> ()", "App.Swift.run() -> ()"),
            ("std::vector<int>::push_back(int const&)", "std::vector<int>::push_back(int const&)"),
            ("operator() in _not_a_discriminator)", "operator() in _not_a_discriminator)"),
            ("closure #1 (Swift.Int) -> () in main.run()", "closure #1 (Int) -> () in main.run()"),
            ("(unbalanced in _ABC", "(unbalanced in _ABC"),
            ("", ""),
        ]
    )
    func shortens(name: String, expected: String) {
        #expect(ReadableName.of(name) == expected)
    }
}
