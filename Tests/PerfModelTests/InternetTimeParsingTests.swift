import PerfModel
import Testing

@Suite("time stamps, read")
struct InternetTimeParsingTests {
    @Test(
        "what is written is read again",
        arguments: [
            0, 1, -1, 1_700_000_000_123_456_789, -86_400_000_000_000, 951_782_400_000_000_000,
            4_102_444_800_000_000_000,
            -9_000_000_000_000_000_000,
        ] as [Int64])
    func roundTrip(time: Int64) {
        let text = InternetTime.text(nanosecondsSince1970: time)
        #expect(InternetTime.nanosecondsSince1970(parsing: text) == time, "\(text)")
    }

    @Test("offsets and short fractions are understood")
    func forms() {
        let noon = InternetTime.nanosecondsSince1970(parsing: "2026-02-28T12:00:00Z")
        #expect(noon != nil)
        #expect(InternetTime.nanosecondsSince1970(parsing: "2026-02-28T14:30:00+02:30") == noon)
        #expect(InternetTime.nanosecondsSince1970(parsing: "2026-02-28 07:00:00-05:00") == noon)
        #expect(InternetTime.nanosecondsSince1970(parsing: "2026-02-28T12:00:00.5Z") == noon.map { $0 + 500_000_000 })
    }

    @Test(
        "anything else is none",
        arguments: [
            "", "2026", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-02-28T12:00:00", "2026-02-28T25:00:00Z",
            "2026-02-28T12:00:00.Z", "2026-02-28T12:00:00.1234567890Z", "2026-02-28T12:00:00Zx", "9999-01-01T00:00:00Z",
            "२०२६-02-28T12:00:00Z",
        ])
    func refused(text: String) {
        #expect(InternetTime.nanosecondsSince1970(parsing: text) == nil)
    }
}
