import Testing

@testable import PerfCommands

@Suite("sizes on the command line")
struct ByteSizeTests {
    @Test(
        "are bytes, or powers of 1024 and 1000",
        arguments: [
            ("4096", 4096), ("512KiB", 524_288), ("512k", 524_288), ("1MiB", 1_048_576), ("1.5G", 1_610_612_736),
            ("2kB", 2000), ("10b", 10),
        ])
    func valid(text: String, bytes: UInt64) {
        #expect(ByteSize(argument: text)?.bytes == bytes)
    }

    @Test("anything else is refused", arguments: ["", "KiB", "-1", "1e9", "inf", "0x10", "1 MiB", "1TiB", "99999999G"])
    func invalid(text: String) {
        #expect(ByteSize(argument: text) == nil)
    }
}
