import PerfLeaks
import PerfLinux
import PerfModel
import Testing

@Suite("heap of glibc")
struct GlibcHeapTests {
    /// A heap with a main arena, as glibc 2.36 lays it out.
    private final class Scene {
        static let library: UInt64 = 0x7f00_0020_0000
        static let arena = library + 0x500
        static let start: UInt64 = 0x5555_0000_0000
        static let size: UInt64 = 0x21000

        let memory = SceneHeap()
        var at = start
        var inUse = true
        let cache: UInt64

        init(bins: Int = 127, cacheSize: UInt64 = 0x290) {
            for offset in stride(from: 0, to: 8192 as UInt64, by: 8) { memory.words[Self.library + offset] = 0 }
            for offset in stride(from: 0, to: Self.size, by: 8) { memory.words[Self.start + offset] = 0 }
            for bin in 0..<UInt64(bins) {
                memory.words[Self.arena + 112 + bin * 16] = Self.arena + 96 + bin * 16
                memory.words[Self.arena + 120 + bin * 16] = Self.arena + 96 + bin * 16
            }
            memory.words[Self.arena + 2160] = Self.arena
            memory.words[Self.arena + 2184] = Self.size
            cache = Self.start + 16
            _ = chunk(cacheSize)
        }

        /// A chunk; the address of its memory.
        ///
        /// What comes next says whether it is in use.
        func chunk(_ size: UInt64, isFree: Bool = false) -> UInt64 {
            memory.words[at + 8] = size | (inUse ? 1 : 0)
            inUse = !isFree
            defer { at += size }
            return at + 16
        }

        /// Gives a block to the cache of a thread: its chunk seems to be in use.
        func keep(_ block: UInt64, before next: UInt64 = 0) {
            let bin = ((memory.words[block - 8] ?? 0) & ~7) / 16 - 2
            let (word, shift) = (cache + bin / 4 * 8, bin % 4 * 16)
            memory.words[word, default: 0] += 1 << shift
            memory.words[block] = next ^ (block >> 12)
            memory.words[cache + 128 + bin * 8] = block
        }

        /// Puts a block into a list of the arena, which links as its version does.
        func drop(_ block: UInt64, list: UInt64 = 0) {
            memory.words[Self.arena + 16 + list * 8] = block - 16
            memory.words[block] = block >> 12
        }

        func heap() throws(GlibcHeapError) -> GlibcHeap {
            memory.words[at + 8] = (Self.start + Self.size - at) | (inUse ? 1 : 0)
            memory.words[Self.arena + 96] = at
            return try GlibcHeap(memory: memory, maps: Self.maps)
        }

        static let maps = [
            map(start, start + size, "[heap]"), map(library, library + 8192, "/usr/lib/x86_64-linux-gnu/libc.so.6"),
        ]

        static func map(_ start: UInt64, _ end: UInt64, _ path: String) -> ProcessMap {
            ProcessMap(
                start: CodeAddress(rawValue: start), end: CodeAddress(rawValue: end), isReadable: true,
                isWritable: true, isExecutable: false, fileOffset: FileOffset(rawValue: 0), deviceMajor: 8,
                deviceMinor: 1, inode: path.hasPrefix("/") ? 7 : 0, path: path, isDeleted: false)
        }
    }

    @Test(
        "blocks in use are found, free ones are none: in bins, in the cache of a thread, in lists of the arena",
        arguments: [0x290, 0x2a0] as [UInt64])
    func walk(cacheSize: UInt64) throws {
        let scene = Scene(cacheSize: cacheSize)
        let first = scene.chunk(0x30)
        _ = scene.chunk(0x50, isFree: true)
        let kept = (scene.chunk(0x40), scene.chunk(0x40))
        let dropped = scene.chunk(0x20)
        let last = scene.chunk(0x1000)
        scene.keep(kept.0)
        scene.keep(kept.1, before: kept.0)
        scene.drop(dropped)
        let heap = try scene.heap()
        #expect(heap.blocks.map(\.address) == [scene.cache, first, last])
        #expect(heap.blocks.map(\.byteCount) == [cacheSize - 8, 0x28, 0xff8])
        #expect(heap.doubts.isEmpty && heap.arenaCount == 1)
        #expect(heap.ranges.contains { $0.contains(Scene.arena) } && heap.ranges.contains { $0.contains(first) })
    }

    @Test("a heap is known however many of its bins have chunks, and with one that a thread is changing")
    func fullBins() throws {
        let scene = Scene()
        for bin in 0..<124 as Range<UInt64> {
            let chunk = scene.chunk(0x50, isFree: true) - 16
            _ = scene.chunk(0x30)
            let list = Scene.arena + 112 + bin * 16
            (scene.memory.words[list], scene.memory.words[list + 8]) = (chunk, chunk)
            scene.memory.words[chunk + 16] = list - 16
            scene.memory.words[chunk + 24] = bin == 7 ? 0 : list - 16
        }
        let heap = try scene.heap()
        #expect(heap.blocks.count == 1 + 124 && heap.doubts.isEmpty, "\(heap.doubts)")
    }

    @Test("blocks with a mapping of their own are found, other mappings are none")
    func mapped() throws {
        let scene = Scene()
        let start: UInt64 = 0x7f00_1000_0000
        for offset in stride(from: 0, to: 0x8000 as UInt64, by: 8) { scene.memory.words[start + offset] = 0 }
        // Something of the program's own, then a block of three pages, one mapping for the kernel.
        scene.memory.words[start] = 1
        scene.memory.words[start + 0x1008] = 0x3002
        scene.memory.words[Scene.arena + 96] = scene.at
        scene.memory.words[scene.at + 8] = (Scene.start + Scene.size - scene.at) | 1
        let heap = try GlibcHeap(
            memory: scene.memory, maps: Scene.maps + [Scene.map(start, start + 0x8000, "")])
        #expect(heap.blocks.map(\.address) == [scene.cache, start + 0x1010])
        #expect(heap.blocks.last?.byteCount == 0x2ff0)
        #expect(heap.ranges.last == start + 0x1000..<start + 0x4000)
    }

    @Test("a damaged heap is told as damaged, and is known up to there")
    func damaged() throws {
        let scene = Scene()
        let first = scene.chunk(0x30)
        let broken = scene.chunk(0x40)
        _ = scene.chunk(0x40)
        scene.memory.words[broken - 8] = 0xdead_beef_dead_beef
        let heap = try scene.heap()
        #expect(heap.doubts.count == 1 && heap.doubts[0].contains("damaged"))
        #expect(heap.blocks.map(\.address) == [scene.cache, first])
        // What may be blocks behind it may refer to others.
        #expect(!heap.ranges.contains { $0.contains(broken) })
        #expect(heap.ranges.contains { $0.contains(first) })
    }

    @Test("free lists that lead nowhere are told as damaged, and nothing of them seems to be in use")
    func damagedLists() throws {
        let scene = Scene()
        let first = scene.chunk(0x30)
        let kept = (scene.chunk(0x40), scene.chunk(0x40))
        let dropped = scene.chunk(0x20)
        scene.keep(kept.0)
        scene.keep(kept.1, before: kept.0)
        scene.drop(dropped)
        scene.memory.words[kept.0] = 0x4242_4242_4242_4242
        scene.memory.words[dropped] = 0x4343_4343_4343_4343
        let heap = try scene.heap()
        #expect(heap.blocks.map(\.address) == [scene.cache, first])
        #expect(heap.doubts.contains { $0.contains("cache of a thread") })
        #expect(heap.doubts.contains { $0.contains("list of free chunks") })
        // A list that ends in itself is followed as far as it says that it is long.
        scene.memory.words[kept.0] = kept.0 ^ kept.0 >> 12
        #expect(try scene.heap().doubts.count == 2)
    }

    @Test("other C libraries, other allocators and unknown layouts are refused")
    func refused() {
        let scene = Scene(bins: 3)
        #expect(throws: GlibcHeapError.unknownLayout(library: "/usr/lib/x86_64-linux-gnu/libc.so.6")) {
            try scene.heap()
        }
        #expect(throws: GlibcHeapError.noCLibrary) {
            try GlibcHeap(memory: scene.memory, maps: [Scene.map(4096, 8192, "[heap]")])
        }
        #expect(throws: GlibcHeapError.otherAllocator(name: "jemalloc")) {
            try GlibcHeap(memory: scene.memory, maps: Scene.maps + [Scene.map(4096, 8192, "/usr/lib/libjemalloc.so.2")])
        }
    }

    @Test("whatever the words say, the walk ends, and its blocks can be looked at")
    func fuzz() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(state: seed)
        for _ in 0..<500 {
            let scene = Scene()
            var blocks: [UInt64] = []
            for _ in 0..<20 { blocks.append(scene.chunk([0x20, 0x30, 0x40, 0x400][Int(generator.next() % 4)])) }
            scene.keep(blocks[3])
            scene.drop(blocks[5])
            let arena = Scene.arena + [0, 96, 2160, 2184][Int(generator.next() % 4)]
            let addresses = [arena, Scene.start, scene.cache, scene.cache + 128, scene.at + 16] + blocks
            for _ in 0..<1 + generator.next() % 6 {
                let address =
                    addresses[Int(generator.next() % UInt64(addresses.count))] &- 16 &+ generator.next() % 24 * 8
                let words: [UInt64] = [
                    generator.next(), 0, .max, addresses[Int(generator.next() % UInt64(addresses.count))], 0x21, 0x2002,
                ]
                scene.memory.words[address & ~7] = words[Int(generator.next() % 6)]
            }
            let heap = Result { () throws(GlibcHeapError) in
                try generator.next() % 2 == 0
                    ? scene.heap() : GlibcHeap(memory: scene.memory, maps: Scene.maps)
            }
            guard case .success(let heap) = heap else { continue }
            #expect(HeapBlocks(heap.blocks) != nil, "seed \(seed)")
        }
    }
}
