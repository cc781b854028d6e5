import PerfModel
import PerfSymbols
import Testing

@Suite("Swift heap types")
struct SwiftHeapTypesTests {
    private static let base: UInt64 = 0x7F00_0000_0000

    @Test("rejects words that are no addresses without a look at memory")
    func rejectsUnread() {
        let memory = BytesMemory(start: Self.base, bytes: [UInt8](repeating: 0, count: 4096))
        let range = CodeAddress(rawValue: Self.base)..<CodeAddress(rawValue: Self.base + 4096)
        var types = SwiftHeapTypes(memory: memory, mapped: [range])
        for word in [0, 1, 8, Self.base + 1, Self.base + 4, Self.base - 8, Self.base + 4096, 1 << 63, .max, .max - 7] {
            #expect(types.type(ofFirstWord: word) == nil)
        }
        #expect(memory.readCount == 0)
    }

    @Test("rejects words that are addresses with one read for each page, and the next time with none")
    func rejectsWithOneRead() {
        var generator = SeededGenerator(seed: 1)
        let bytes = (0..<65536).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let memory = BytesMemory(start: Self.base, bytes: bytes)
        var types = SwiftHeapTypes(memory: memory)
        for index in 1...1000 {
            _ = types.type(ofFirstWord: Self.base + UInt64(index) * 64)
        }
        let count = memory.readCount
        // 64,000 bytes are 16 pages; a word at the border of two costs a read of its own.
        #expect((16...48).contains(count))
        for index in 1...1000 { #expect(types.type(ofFirstWord: Self.base + UInt64(index) * 64) == nil) }
        #expect(memory.readCount == count)
    }

    @Test("names a generic class whose argument is itself, up to a depth")
    func cycle() throws {
        var image = MetadataImage(start: Self.base)
        let metadata = image.addSelfReferringClass()
        var types = SwiftHeapTypes(memory: image.memory)
        let found = types.type(ofFirstWord: metadata)
        let type = try #require(found)
        #expect(type.runtimeName.hasPrefix("main.Loop<main.Loop<main.Loop<"))
        #expect(type.runtimeName.contains("<_>"))
        #expect(type.instanceSize == 16)
    }

    @Test("survives memory that is noise with metadata's numbers in it")
    func noise() {
        var generator = SeededGenerator(seed: 0x5EED)
        let size = 8192
        let kinds: [UInt64] = [0, 0x200, 0x201, 0x301, 0x302, 0x303, 0x304, 0x307, 0x400, 0x500, 0x501, 16, 0x90, 0xD0]
        var found = 0
        for _ in 0..<400 {
            var bytes: [UInt8] = []
            while bytes.count < size {
                let word: UInt64 =
                    switch Int.random(in: 0..<8, using: &generator) {
                    case 0: UInt64.random(in: 0...UInt64.max, using: &generator)
                    case 1, 2, 3: Self.base + UInt64.random(in: 2..<UInt64(size / 8 - 8), using: &generator) * 8
                    case 4: UInt64.random(in: 0..<64, using: &generator)
                    default: kinds[Int.random(in: 0..<kinds.count, using: &generator)]
                    }
                for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * index))) }
            }
            var types = SwiftHeapTypes(memory: BytesMemory(start: Self.base, bytes: bytes))
            for offset in stride(from: UInt64(0), to: UInt64(size), by: 8) {
                guard let type = types.type(ofFirstWord: Self.base + offset) else { continue }
                found += 1
                #expect(type.runtimeName.utf8.count < 10_000)
                _ = types.fields(of: type)
                _ = types.type(ofObjectAt: CodeAddress(rawValue: Self.base + offset))
            }
        }
        #expect(found > 100)
    }
}
