import PerfProfiles
import Testing

@Suite("Display width") struct DisplayWidthTests {
    @Test(
        "counts columns, not characters",
        arguments: [("abc", 3), ("漢字", 4), ("한글", 4), ("é", 1), ("e\u{301}", 1), ("👍", 2), ("👨‍👩‍👧", 2), ("", 0)]
    )
    func columns(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test("cuts at whole characters")
    func cuts() {
        #expect("漢字".prefix(columns: 3) == "漢")
        #expect("漢字".suffix(columns: 3) == "字")
        #expect("abc".prefix(columns: 9) == "abc")
        #expect("abc".suffix(columns: 0) == "")
    }
}
