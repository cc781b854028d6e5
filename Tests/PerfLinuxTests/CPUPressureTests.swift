import PerfLinux
import Testing

@Suite("CPU pressure")
struct CPUPressureTests {
    @Test("is the total of the first line, in nanoseconds")
    func total() {
        let text = """
            some avg10=1.00 avg60=2.00 avg300=3.00 total=123456
            full avg10=0.00 avg60=0.00 avg300=0.00 total=7
            """
        #expect(CPUPressure.stalledNanoseconds(parsing: Array(text.utf8)) == 123_456_000)
    }

    @Test(
        "anything else is unknown, not zero",
        arguments: [
            "", "some", "some total=", "some total=x", "some total=99999999999999999999", "full total=1", "\u{0}",
        ])
    func malformed(text: String) {
        #expect(CPUPressure.stalledNanoseconds(parsing: Array(text.utf8)) == nil)
    }
}
