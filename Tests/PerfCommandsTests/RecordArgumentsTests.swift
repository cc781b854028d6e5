import Testing

@testable import PerfCommands

@Suite("record arguments")
struct RecordArgumentsTests {
    @Test("times have units, and seconds without one")
    func times() {
        let expected: [(String, Duration?)] = [
            ("5", .seconds(5)), ("500ms", .milliseconds(500)), ("10s", .seconds(10)), ("5m", .seconds(300)),
            ("1h", .seconds(3600)), ("0.5", .milliseconds(500)), ("1.5m", .seconds(90)), ("0", .zero), ("", nil),
            ("s", nil), ("ms", nil), ("-1", nil), ("1e3", nil), ("inf", nil), ("nan", nil), ("0x10", nil),
            ("1.2.3", nil), (".", nil), ("5 s", nil), ("5d", nil), ("٣", nil), ("99999999999", nil), ("9999999h", nil),
            ("5\n", nil),
        ]
        for (text, value) in expected { #expect(TimeSpan(argument: text)?.value == value, "\(text)") }
    }

    @Test("lists of ids hold positive numbers, separated by commas")
    func numbers() {
        let expected: [(String, [Int32]?)] = [
            ("1", [1]), ("4711,4712", [4711, 4712]), ("", nil), (",", nil), ("1,", nil), (",1", nil), ("1,,2", nil),
            ("0", nil), ("-1", nil), ("1,-2", nil), ("x", nil), ("1 2", nil), ("2147483647", [2_147_483_647]),
            ("2147483648", nil), ("99999999999999999999", nil), ("1.5", nil), ("1\n", nil),
        ]
        for (text, value) in expected { #expect(NumberList(argument: text)?.numbers == value, "\(text)") }
    }
}
