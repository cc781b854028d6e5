import PerfModel
import Testing

@testable import PerfProfiles

/// Damaged files end in an error or in a profile that keeps its promises; never in a crash.
@Suite("pprof fuzzing")
struct PprofFuzzTests {
    /// SplitMix64, so that every run tries the same.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    private static var limits: PprofLimits {
        var limits = PprofLimits()
        limits.decompressedBytes = 1 << 22
        limits.decodedBytes = 1 << 22
        return limits
    }

    /// - Returns: whether the bytes were read as a profile.
    @discardableResult
    private func attempt(_ bytes: [UInt8]) -> Bool {
        do throws(PprofError) {
            let profile = try Profile(decoding: bytes, limits: Self.limits)
            // Whatever was read can be written: all its indices are in range.
            _ = try profile.encodedWithoutCompression()
            #expect(!profile.sampleTypes.isEmpty)
            return true
        } catch {
            if case .notEncodable = error.reason { Issue.record("read, but not writable: \(error)") }
            return false
        }
    }

    @Test("survives the end of the file at every byte", arguments: [true, false])
    func truncated(compressed: Bool) throws {
        let profile = ExampleProfile.withExtras
        let bytes = compressed ? try profile.encoded() : try profile.encodedWithoutCompression()
        for count in 0..<bytes.count {
            let isRead = attempt(Array(bytes[..<count]))
            if compressed { #expect(!isRead) }
        }
    }

    @Test("survives flipped bits", arguments: ForeignProfileTests.fixtures + ["python-complete.pb"])
    func flipped(name: String) throws {
        let file = try Fixture.bytes(name)
        let message = Gzip.isGzip(file) ? try Gzip.decompress(file, limit: 1 << 20) : file
        var generator = Generator(state: 1)
        for _ in 0..<3000 {
            var bytes = message
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            attempt(bytes)
        }
        for index in file.indices {
            var bytes = file
            bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            attempt(bytes)
        }
    }

    @Test("survives bytes that are overwritten with extreme numbers")
    func numbers() throws {
        let message = try ExampleProfile.withExtras.encodedWithoutCompression()
        var generator = Generator(state: 2)
        let extremes: [UInt64] = [0, 1, 0x7F, 0x80, .max, .max >> 1, 1 << 63, 1 << 32, 1 << 31, UInt64(Int32.max)]
        for index in message.indices {
            for extreme in extremes {
                var writer = WireWriter()
                writer.varint(extreme &+ UInt64.random(in: 0..<2, using: &generator))
                var bytes = message
                bytes.replaceSubrange(index..<index + 1, with: writer.bytes)
                attempt(bytes)
            }
        }
    }

    @Test("survives random fields")
    func randomFields() {
        var generator = Generator(state: 3)
        var readCount = 0
        for _ in 0..<5000 {
            var writer = WireWriter()
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                appendRandomField(&writer, depth: 0, &generator)
            }
            writer.field(1, [])
            writer.field(6, [])
            if attempt(writer.bytes) { readCount += 1 }
        }
        // Else the test would not reach far into the decoder.
        #expect(readCount > 100)
    }

    private func appendRandomField(_ writer: inout WireWriter, depth: Int, _ generator: inout Generator) {
        let number = Int.random(in: 1...16, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0...2:
            writer.varint(UInt64(number) << 3)
            let bits = UInt64.random(in: 0..<64, using: &generator)
            writer.varint(UInt64.random(in: 0 ... .max, using: &generator) >> bits)
        case 3...5 where depth < 3:
            let start = writer.begin(number)
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                appendRandomField(&writer, depth: depth + 1, &generator)
            }
            writer.end(start)
        case 6:
            let type = UInt64.random(in: 0..<8, using: &generator)
            writer.varint(UInt64(number) << 3 | type)
        default:
            let count = Int.random(in: 0..<6, using: &generator)
            writer.field(number, (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) })
        }
    }

    @Test("survives noise, with and without gzip's header")
    func noise() {
        var generator = Generator(state: 4)
        for _ in 0..<2000 {
            let count = Int.random(in: 1..<300, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
            attempt(bytes)
            attempt([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + bytes)
        }
    }
}
