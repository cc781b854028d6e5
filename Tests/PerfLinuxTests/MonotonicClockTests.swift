import Testing

@testable import PerfLinux

@Suite("Monotonic clock") struct MonotonicClockTests {
    @Test(
        "reads what a time namespace adds",
        arguments: [
            ("monotonic         864000         5\nboottime           7         0\n", 864_000_000_000_005),
            ("monotonic        -2 0\n", -2_000_000_000), ("1 3 0\n7 0 0\n", 3_000_000_000), ("", 0),
            ("boottime 7 0\n", 0), ("monotonic 99999999999999 0", 0), ("monotonic x 0", 0),
        ] as [(String, Int64)])
    func offsets(text: String, nanoseconds: Int64) {
        #expect(MonotonicClock.offset(in: text) == nanoseconds)
    }
}
