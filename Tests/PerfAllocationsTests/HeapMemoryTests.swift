import CPerfWire
import PerfLinux
import PerfModel
import Testing

@testable import PerfAllocations

@Suite("memory that a target shares")
struct HeapMemoryTests {
    private func memory() throws -> HeapMemory {
        try HeapMemory(layout: .small, sampleBytes: 65536, followsChildren: false)
    }

    private func set<Value: BitwiseCopyable>(
        _ path: WritableKeyPath<pd_heap_control, Value>, to value: Value, in memory: HeapMemory
    ) {
        var control = memory.control
        control[keyPath: path] = value
        memory.arena.store(control, at: 0)
    }

    @Test("parts do not overlap, and counters are cache lines", arguments: [HeapLayout.every, .sampled, .small])
    func layout(layout: HeapLayout) {
        let offsets = [
            4096, layout.tableOffset, layout.stacksOffset, layout.framesOffset, layout.peakOffset,
            layout.pointersOffset, layout.samplesOffset, layout.countsOffset, layout.arenaByteCount,
        ]
        #expect(offsets == offsets.sorted())
        #expect(layout.countsOffset % 64 == 0)
        #expect(layout.stackLimit <= 1 << 24)
    }

    @Test("sums what threads counted, and gives stacks by number")
    func sums() throws {
        let memory = try memory()
        set(\.slots_used, to: 2, in: memory)
        set(\.stack_count, to: 1, in: memory)
        for slot in 0..<2 as Range<UInt64> {
            var counts = pd_heap_counts()
            counts.allocations = 3 << 8
            counts.bytes = 300
            counts.frees = 1 << 8
            counts.freed_bytes = 100
            counts.type_word = 4096 * (slot + 1)
            let size = UInt64(MemoryLayout<pd_heap_counts>.stride)
            let place = memory.layout.countsOffset + (slot * memory.layout.stackLimit + 2) * size
            #expect(memory.arena.store(counts, at: place))
        }
        var stack = pd_heap_stack()
        stack.depth = 2
        stack.first_frame = 5
        stack.ready = 1
        memory.arena.store(stack, at: memory.layout.stacksOffset + 2 * UInt64(MemoryLayout<pd_heap_stack>.stride))
        memory.arena.store(UInt64(0xAAA), at: memory.layout.framesOffset + 5 * 8)
        memory.arena.store(UInt64(0xBBB), at: memory.layout.framesOffset + 6 * 8)
        let counts = try #require(memory.counts()[2])
        #expect(counts.allocations == 6 && counts.bytes == 600 && counts.liveCount == 4 && counts.liveBytes == 400)
        #expect(counts.typeWords == [4096, 8192])
        #expect(memory.stack(2)?.frames == [0xAAA, 0xBBB])
        #expect(memory.stack(3) == nil && memory.stack(.max) == nil)
    }

    @Test("whatever a target writes, reading it is harmless")
    func fuzz() throws {
        var random = Generator(state: 11)
        for round in 0..<30 {
            let memory = try memory()
            for _ in 0..<2000 {
                // Most of it where it hurts: the control page, the stacks and the first counters.
                let range =
                    [
                        0..<4096, memory.layout.stacksOffset..<memory.layout.stacksOffset + 4096,
                        memory.layout.countsOffset..<memory.layout.countsOffset + 65536,
                        memory.layout.pointersOffset..<memory.layout.countsOffset,
                    ].randomElement(using: &random) ?? 0..<8
                let value = Bool.random(using: &random) ? UInt64.max : UInt64.random(in: 0 ... .max, using: &random)
                memory.arena.store(value, at: UInt64.random(in: range, using: &random) & ~7)
            }
            let counts = memory.counts()
            for number in counts.keys {
                if let stack = memory.stack(number) { #expect(stack.frames.count <= Int(PD_HEAP_DEPTH)) }
            }
            #expect(memory.peak().count <= Int(memory.layout.stackLimit))
            var blocks = 0
            memory.forEachLiveBlock { _ in blocks += 1 }
            #expect(blocks <= Int(memory.layout.bucketCount) * Int(PD_HEAP_BUCKET), "round \(round)")
        }
    }

    @Test("nobody can shrink it under a reader")
    func sealed() throws {
        let memory = try SharedMemory(name: "test", byteCount: 1 << 20)
        #expect(memory.load(UInt64.self, at: (1 << 20) - 8) == 0)
        #expect(memory.load(UInt64.self, at: (1 << 20) - 7) == nil)
        #expect(!memory.store(UInt64(1), at: .max))
        var found: [UInt64: UInt64] = [:]
        memory.store(UInt64(7), at: 4096)
        memory.store(UInt64(8), at: (1 << 20) - 8)
        memory.forEachNonzeroWord { found[$0] = $1 }
        #expect(found == [4096: 7, (1 << 20) - 8: 8])
    }
}
