import PerfLeaks
import Testing

@Suite("blocks by address")
struct HeapBlocksTests {
    @Test("every address finds its block, as a search would, whatever lies between")
    func find() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(state: seed)
        for _ in 0..<8 {
            var blocks: [HeapBlocks.Block] = []
            var at = UInt64(0x10_0000)
            for _ in 0..<500 {
                let gaps: [UInt64] = [0, 16, 64, 4096, 1 << 26, 3 << 27]
                at += gaps[Int(generator.next() % 6)]
                let sizes: [UInt64] = [0, 1, 8, 16, 24, 4096, 1 << 20, 5 << 26]
                let size = sizes[Int(generator.next() % 8)]
                blocks.append(.init(address: at, byteCount: size))
                at += max(16, (size + 15) & ~15)
            }
            let index = try #require(HeapBlocks(blocks), "seed \(seed)")
            for (number, block) in blocks.enumerated() {
                for address in [block.address, block.address + block.byteCount / 2, block.address + block.byteCount] {
                    let isIn = address == block.address || address < block.address + block.byteCount
                    let next = number + 1 < blocks.count && blocks[number + 1].address == address
                    #expect(
                        index.block(containing: address) == (isIn ? number : next ? number + 1 : nil), "seed \(seed)")
                }
                #expect(index.block(containing: block.address - 1) != number)
            }
            #expect(index.block(containing: 0) == nil && index.block(containing: .max) == nil)
            #expect(index.block(referredToBy: .max) == nil)
        }
    }

    @Test(
        "marks above an address are taken off, but not where pairs of small numbers look like it",
        arguments: [
            (0x5555_0000_1000, 0x1234_5555_0000_1008, 0),
            (0x5555_0000_1000, 0x8000_5555_0000_1001, 0),
            (0x0f79_1000, 0x8000_0000_0f79_1001, 0),
            (0x0f79_1000, 0x0f61_0000_0f79_1008, nil),
        ] as [(UInt64, UInt64, Int?)])
    func marks(address: UInt64, word: UInt64, block: Int?) throws {
        let index = try #require(HeapBlocks([.init(address: address, byteCount: 32)]))
        #expect(index.block(referredToBy: word) == block)
    }

    @Test("a scan tells of each block what its words refer to one by one, large blocks and missing memory included")
    func scan() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SplitMix(state: seed)
        let scene = SceneHeap()
        let sizes = [1, 2, 3, 4, 7, 12, 300, 200_000]
        var addresses: [UInt64] = [0]
        for number in 0..<6000 {
            let size = number % 2500 == 7 ? sizes[7] : sizes[Int(generator.next() % 7)]
            let words = (0..<size).map { _ -> UInt64 in
                let address = addresses[Int(generator.next() % UInt64(addresses.count))]
                let marked: [UInt64] = [0, 3, address, address + 8, address | 5 << 61, 1 << 63 | address >> 3, .max]
                return marked[Int(generator.next() % 7)]
            }
            addresses.append(scene.block(words))
        }
        // Of some the end is missing, of some all.
        for block in scene.blocks where generator.next() % 50 == 0 {
            for offset in stride(from: generator.next() % 2 * 8, to: block.byteCount, by: 8) {
                scene.words[block.address + offset] = nil
            }
        }
        let blocks = try #require(HeapBlocks(scene.blocks), "seed \(seed)")
        let graph = try #require(HeapGraph(blocks, in: scene), "seed \(seed)")
        var missing: UInt64 = 0
        for (number, block) in scene.blocks.enumerated() {
            let words = (0..<block.byteCount / 8).map { scene.words[block.address + $0 * 8] }
            let known = words.prefix { $0 != nil }.compactMap { $0 }
            missing += UInt64(words.count - known.count) * 8
            let targets = known.compactMap { blocks.block(referredToBy: $0) }.map { UInt32($0) }
            #expect(graph.firstWords[number] == known.first ?? 0, "seed \(seed)")
            #expect(Array(graph.references(of: number)) == targets, "seed \(seed), block \(number)")
        }
        #expect(graph.missingByteCount == missing, "seed \(seed)")
    }
}

/// Numbers that a seed repeats.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
