import PerfModel
import PerfSymbols
import Testing

@testable import PerfSampling

@Suite("Call frame information")
struct UnwindCallFrameTests {
    private func record(initial: [UInt8] = [0x0C, 7, 8, 0x90, 1], _ instructions: [UInt8]) throws -> CallFrameRecord? {
        var image = UnwindTestImage()
        image.initial = initial
        let start = image.add("f", [UInt8](repeating: 0x90, count: 64), callFrame: instructions)
        let mapped = try UnwindImage(source: image.bytes)
        return mapped.callFrames.record(covering: start + 3, of: mapped, pages: PageCache())
    }

    @Test("an honest function")
    func honest() throws {
        let record = try #require(try record([0x41, 0x0E, 16, 0x86, 2]))
        #expect(record.range == 0x1000..<0x1040)
        #expect(record.bytes.count % 8 == 0)
        #expect(record.moved(by: 0x10_0000).range == 0x10_1000..<0x10_1040)
        // Moving changes eight bytes at most.
        #expect(record.moved(by: 0x10_0000).bytes.count == record.bytes.count)
    }

    @Test(
        "what libunwind must not be given",
        arguments: [
            // No CFA when the first row ends.
            ([], [0x41, 0x0E, 16]),
            // DW_CFA_register from register 200.
            ([0x0C, 7, 8], [0x09, 6, 0xC8, 1]),
            // CFA in register 40.
            ([0x0C, 7, 8], [0x0C, 40, 8]),
            // Expressions: a jump back, a division, a length beyond the end.
            ([0x0C, 7, 8], [0x0F, 3, 0x2F, 0xFD, 0xFF]), ([0x0C, 7, 8], [0x0F, 1, 0x1B]),
            ([0x0C, 7, 8], [0x0F, 0x7F, 0x77, 0]),
            // Restoring what was not remembered, remembering without end, unknown instructions, DW_CFA_set_loc.
            ([0x0C, 7, 8], [0x0B]), ([0x0C, 7, 8], [UInt8](repeating: 0x0A, count: 1000)),
            ([0x0C, 7, 8], [0x3C]), ([0x0C, 7, 8], [0x01, 0, 0, 0, 0]),
            // A number that does not end.
            ([0x0C, 7, 8], [0x0E] + [UInt8](repeating: 0x80, count: 12)),
        ] as [([UInt8], [UInt8])])
    func hostile(initial: [UInt8], instructions: [UInt8]) throws {
        #expect(try record(initial: initial, instructions) == nil)
    }

    @Test("rules for vector registers, argument sizes and value offsets are left out")
    func leftOut() throws {
        let plain = try #require(try record([0x41, 0x0E, 16]))
        let full = try #require(try record([0x41, 0x0E, 16, 0x80 | 17, 2, 0x2E, 8, 0x14, 6, 2, 0x05, 30, 1, 0x07, 33]))
        #expect(plain.bytes == full.bytes)
    }

    @Test("an undefined rbp is not the end of the stack")
    func undefinedFramePointer() throws {
        #expect(try record([0x07, 6])?.bytes == record([0x08, 6])?.bytes)
    }

    @Test("CIEs with other return address columns, versions and factors are refused")
    func commons() {
        let good: [UInt8] = [12, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0x78, 16, 0, 0, 0]
        #expect(CallFrameCommon(good, isDebugFrame: false) != nil)
        for (position, value) in [(8, 2), (8, 9), (10, 0), (12, 17), (4, 1)] as [(Int, UInt8)] {
            var bad = good
            bad[position] = value
            #expect(CallFrameCommon(bad, isDebugFrame: false) == nil, "byte \(position)")
        }
        for count in 0..<13 {
            #expect(CallFrameCommon(Array(good.prefix(count)), isDebugFrame: false) == nil)
        }
    }

    @Test("an index of a section of overlapping entries is bounded")
    func overlapping() {
        // Each FDE names another CIE in the middle of something.
        var bytes: [UInt8] = []
        for index in 0..<20_000 {
            let number = UInt32(truncatingIfNeeded: index &* 2_654_435_761) % 65_536
            bytes += [12, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            bytes += [1, 2, 3, 4, 5, 6, 7, 8]
        }
        _ = CallFrameIndex(bytes, address: 0, isDebugFrame: false)
        _ = CallFrameIndex(bytes, address: 0, isDebugFrame: true)
    }
}
