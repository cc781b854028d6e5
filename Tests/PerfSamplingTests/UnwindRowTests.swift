import PerfModel
import Testing

@testable import PerfSampling

@Suite("Unwind rows")
struct UnwindRowTests {
    private func row(
        _ instructions: [UInt8], initial: [UInt8] = [0x0C, 7, 8, 0x90, 1], at offset: UInt64 = 40
    ) throws -> UnwindRow {
        var image = UnwindTestImage()
        image.initial = initial
        let start = image.add("f", [UInt8](repeating: 0x90, count: 64), callFrame: instructions)
        let mapped = try UnwindImage(source: image.bytes)
        let function = mapped.callFrames.function(covering: start + offset, of: mapped, pages: PageCache())
        return UnwindRow(try #require(function), at: start + offset)
    }

    @Test("a row has 32 bytes, so that two share a cache line")
    func size() {
        #expect(MemoryLayout<UnwindRow>.stride == 32)
    }

    @Test("the frame and the saved registers")
    func frame() throws {
        let row = try row([0x41, 0x0E, 16, 0x86, 2, 0x43, 0x0D, 6, 0x83, 5])
        #expect(row.kind == .frame)
        #expect(row.base == 6)
        #expect(row.frameOffset == 16)
        #expect(row.saved == 0b11)
        #expect(row.offsets[0] == -5)
        #expect(row.offsets[1] == -2)
    }

    @Test("an undefined return address is the root")
    func root() throws {
        #expect(try row([0x07, 16]).kind == .root)
    }

    @Test(
        "libunwind has to do what does not fit",
        arguments: [
            // Expressions for the frame and for a register; a register in another one; an undefined one.
            [0x0F, 3, 0x76, 0x78, 0x06], [0x10, 3, 2, 0x77, 8], [0x09, 3, 12], [0x07, 3],
            // A return address elsewhere; a scratch register that is restored; an odd place; one far away.
            [0x90, 2], [0x82, 3], [0x12, 3, 0x7F, 0x11, 3, 0x80, 0x80, 0x80, 1],
            // An offset for a frame that an expression tells.
            [0x0F, 3, 0x76, 0x78, 0x06, 0x0E, 16],
        ] as [[UInt8]])
    func slow(instructions: [UInt8]) throws {
        #expect(try row(instructions).kind == .slow)
    }

    @Test("stubs of the procedure linkage table have rows", arguments: [(0, 8), (10, 8), (11, 16), (15, 16), (32, 8)])
    func linkageTable(offset: UInt64, frame: Int32) throws {
        let row = try row([0x0F, 11, 0x77, 8, 0x80, 0, 0x3F, 0x1A, 0x3B, 0x2A, 0x33, 0x24, 0x22], at: offset)
        #expect(row.kind == .frame)
        #expect(row.base == 7)
        #expect(row.frameOffset == frame)
    }

    @Test("remembered rows come back with their frame")
    func remembered() throws {
        let row = try row([0x41, 0x0E, 16, 0x86, 2, 0x0A, 0x41, 0x0C, 7, 8, 0xC6, 0x41, 0x0B])
        #expect(row.frameOffset == 16)
        #expect(row.saved == 0b10)
    }

    @Test("the table grows up to its bound, then starts anew")
    func table() throws {
        let table = UnwindRowTable()
        for number in 0..<600_000 {
            var row = UnwindRow(.frame)
            row.frameOffset = Int32(number)
            let key = try #require(UnwindRow.key(UInt64(number) * 5, .caller))
            table.insert(row, key: key, image: UInt32(number % 3 + 1))
            #expect(table.row(key, image: UInt32(number % 3 + 1)).frameOffset == Int32(number))
            #expect(table.row(key, image: 9).kind == .none)
        }
        #expect(table.byteCount == 8 << 20)
        #expect(table.count < 300_000)
    }

    @Test("addresses that no program has get no row")
    func keys() {
        #expect(UnwindRow.key(1 << 60, .exact) == nil)
        #expect(UnwindRow.key(7, .exact) != UnwindRow.key(7, .caller))
    }

    @Test("without libunwind a stack that needs it is counted")
    func withoutLibunwind() throws {
        var image = UnwindTestImage()
        image.add("_start", [0xE8, 0, 0, 0, 0, 0xF4], callFrame: [0x07, 16])
        image.add(
            "__restore_rt", [0x90, 0x48, 0xC7, 0xC0, 15, 0, 0, 0, 0x0F, 0x05],
            callFrame: [0x0F, 3, 0x77, 16, 0x06, 0x10, 16, 2, 0x77, 24], isSignal: true)
        image.add("handler", [0x90, 0xC3], callFrame: [])
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("handler")
        scene.stack = [scene.at("__restore_rt", 1), 0, 0, UnwindTestScene.stackStart + 64, scene.at("_start", 5)]
        let unwinder = RowCacheUnwinder(mode: .auto, hasLibunwind: false)
        let result = try scene.unwound(unwinder)
        #expect(result.frames == ["handler", "__restore_rt"])
        #expect(result.end == .unrooted)
        #expect(unwinder.withoutLibunwindCount == 1)
        scene.registers.ip = scene.at("_start")
        #expect(try scene.unwound(unwinder).end == .root)
        #expect(unwinder.withoutLibunwindCount == 1)
    }
}
