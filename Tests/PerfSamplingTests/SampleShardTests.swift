import PerfModel
import Testing

@testable import PerfSampling

@Suite("sample shards")
struct SampleShardTests {
    /// Pids beyond the kernel's largest, so that nothing on this machine is one of them.
    private static let pid: Int32 = 1 << 23
    private static let base: UInt64 = 0x5000_0000

    /// Takes the ip for the whole stack, and does something before.
    private final class TestUnwinder: Unwinder {
        var before: () -> Void = {}
        var end = StackEnd.root
        private(set) var count = 0

        func unwind(
            _ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]
        ) -> StackEnd {
            before()
            count += 1
            let address = CodeAddress(rawValue: unsafe captured.registers.ip)
            frames = [
                UnwoundFrame(
                    address: address, region: Int32(space.regionIndex(containing: address) ?? -1), isGuess: false)
            ]
            return end
        }
    }

    private let directory: TestDirectory
    private let processes: ProcessTable
    private let lookup: SampleLookup
    private let unwinder = TestUnwinder()

    init() throws {
        directory = try TestDirectory()
        processes = ProcessTable(proc: directory.proc)
        lookup = SampleLookup(
            processes: processes, images: ImageRegistry(proc: directory.proc), proc: directory.proc,
            selectedThreads: [])
        lookup.apply(.forked(pid: Self.pid, parent: 1, tid: Self.pid, parentThread: 1), at: 1)
        lookup.apply(
            .mapped(
                PerfMapping(
                    pid: Self.pid, start: CodeAddress(rawValue: Self.base),
                    end: CodeAddress(rawValue: Self.base + 0x10000), fileOffset: FileOffset(rawValue: 0),
                    path: "/bin/app", identity: .unknown)),
            at: 2)
    }

    private func shard(_ rings: [TestRing], hasStack: Bool = true) -> SampleShard {
        SampleShard(rings: rings.map(\.ring), unwinder: unwinder, hasStack: hasStack, lookup: lookup)
    }

    private func sample(_ offset: UInt64, time: UInt64 = 100, id: UInt64 = 1, stack: Int = 64) -> RecordBytes.Sample {
        var sample = RecordBytes.Sample()
        sample.pid = Self.pid
        sample.tid = Self.pid
        sample.id = id
        sample.time = time
        sample.address = Self.base + offset
        sample.callchain = [UInt64(bitPattern: -512), Self.base + offset, Self.base + 0x101]
        var registers = [UInt64](repeating: 0, count: 20)
        registers[8] = Self.base + offset
        sample.user = (2, registers)
        sample.stack = [UInt8](repeating: 0, count: stack)
        return sample
    }

    private func consume(_ shard: SampleShard, cutoff: UInt64 = .max) {
        shard.consume(upTo: shard.rings.map(\.head), cutoff: cutoff)
    }

    /// Addresses of each stack, leaf first, and how often it was seen.
    private func stacks(_ tables: [StackTable]) -> [[UInt64]: UInt64] {
        var result: [[UInt64]: UInt64] = [:]
        for table in tables {
            for (key, weight) in table.samples {
                result[table.stack(at: key.node).map(\.address.rawValue), default: 0] += weight.count
            }
        }
        return result
    }

    @Test("an unwinder that is too slow gives way to frame pointers, and nothing is lost")
    func slowUnwinder() {
        let test = TestRing(pages: 2)
        let shard = shard([test])
        var written = 0
        // While one stack is unwound, two more samples come, as long as the ring has room and there are any.
        func produce(_ count: Int) {
            for _ in 0..<count where written < 500 && test.head - test.tail < 8192 - 600 {
                test.write(sample(UInt64(written % 7), time: UInt64(written)).bytes)
                written += 1
            }
        }
        unwinder.before = { produce(2) }
        // The closure holds this test, and with it its directory.
        defer { unwinder.before = {} }
        produce(2)
        while test.tail != test.head || written < 500 {
            produce(1)
            consume(shard)
        }
        #expect(shard.counts.samples == 500)
        #expect(shard.counts.degraded > 0)
        #expect(shard.counts.degraded + UInt64(unwinder.count) == 500)
        #expect(shard.stacks.samples.values.reduce(0) { $0 + $1.count } == 500)
    }

    @Test("an unwinder that keeps up is never passed over")
    func fastUnwinder() {
        let test = TestRing()
        let shard = shard([test])
        for number in 0..<100 {
            test.write(sample(UInt64(number)).bytes)
            consume(shard)
        }
        #expect(shard.counts.degraded == 0 && unwinder.count == 100)
    }

    @Test("two shards find the same stacks as one")
    func twoShards() {
        let rings = [TestRing(pages: 8), TestRing(pages: 8)]
        let same = [TestRing(pages: 8), TestRing(pages: 8)]
        var random = FixedRandom(state: 5)
        for number in 0..<60 {
            let bytes = sample(UInt64.random(in: 0...5, using: &random), time: UInt64(number)).bytes
            rings[number % 2].write(bytes)
            same[number % 2].write(bytes)
        }
        let one = shard(rings)
        let two = same.map { shard([$0]) }
        consume(one)
        let workers = ShardWorkers(count: 1)
        workers.run(two) { $0.consume(upTo: $0.rings.map(\.head), cutoff: .max) }
        workers.stop()
        #expect(stacks([one.stacks]) == stacks(two.map(\.stacks)))
        var merged = two[0].stacks
        merged.merge(two[1].stacks)
        #expect(stacks([merged]) == stacks([one.stacks]))
    }

    @Test("samples later than the cutoff wait for the records that belong before them")
    func cutoff() {
        let test = TestRing()
        let shard = shard([test])
        test.write(sample(1, time: 50).bytes)
        test.write(sample(2, time: 150).bytes)
        consume(shard, cutoff: 100)
        #expect(shard.counts.samples == 1)
        // Meanwhile another ring told of an exec at 120.
        lookup.apply(.named(pid: Self.pid, tid: Self.pid, name: "after", isExec: true), at: 120)
        consume(shard, cutoff: 200)
        #expect(shard.counts.samples == 2)
        let names = lookup.threads.threads.map { processes.processes[$0.process].name }
        #expect(names.last == "after" && names.count == 2)
    }

    @Test("damaged samples are counted and passed over")
    func malformed() {
        let test = TestRing()
        let shard = shard([test])
        test.write(Array(sample(1).bytes.prefix(64)).replacingSize(by: 64))
        test.write(sample(2).bytes)
        consume(shard)
        #expect(shard.counts.malformed == 1 && shard.counts.samples == 1)
    }

    @Test("a thread with a larger copy counts by that event alone, and so do threads that it starts")
    func largeStacks() {
        let test = TestRing(pages: 4)
        let shard = shard([test])
        lookup.prefer(events: [5, 6], forThread: Self.pid)
        for id in [1, 5, 6, 1] as [UInt64] { test.write(sample(id, id: id).bytes) }
        consume(shard)
        #expect(shard.counts.samples == 2 && shard.counts.superseded == 2)
        lookup.apply(.forked(pid: Self.pid, parent: Self.pid, tid: Self.pid + 1, parentThread: Self.pid), at: 200)
        lookup.apply(.forked(pid: Self.pid, parent: Self.pid, tid: Self.pid + 2, parentThread: 3), at: 200)
        for tid in [Self.pid + 1, Self.pid + 2] {
            for id in [1, 5] as [UInt64] {
                var inherited = sample(9, time: 300, id: id)
                inherited.tid = tid
                test.write(inherited.bytes)
            }
        }
        consume(shard)
        // One of the first thread; both of the second, which only one event observes in life.
        #expect(shard.counts.samples == 5 && shard.counts.superseded == 3)
    }

    @Test("threads whose stacks are cut are named, until the round ends")
    func cutThreads() {
        let test = TestRing()
        let shard = shard([test])
        unwinder.end = .truncated
        test.write(sample(1).bytes)
        test.write(sample(1).bytes)
        var short = sample(1)
        short.usedStack = 8
        test.write(short.bytes)
        consume(shard)
        #expect(shard.cutThreads[Self.pid]?.count == 2)
        #expect(shard.counts.truncated == 3 && shard.counts.unrooted == 3)
        shard.resetCutThreads()
        #expect(shard.cutThreads.isEmpty)
    }

    @Test("threads of 32-bit processes are named, as long as the kernel gives no callchain for them")
    func foreignThreads() {
        let test = TestRing()
        let shard = shard([test])
        var foreign = sample(1)
        foreign.user = (1, [UInt64](repeating: 0, count: 20))
        test.write(foreign.bytes)
        consume(shard)
        #expect(shard.cutThreads.isEmpty && shard.counts.foreign == 1)
        foreign.callchain = [UInt64(bitPattern: -128), 0xFFFF_FFFF_8100_0000]
        test.write(foreign.bytes)
        consume(shard)
        #expect(shard.cutThreads[Self.pid]?.count == 1 && shard.counts.foreign == 2)
        // The first one's chain leads to no root, the second has kernel frames only.
        #expect(shard.counts.unrooted == 2)
    }

    @Test("without registers the leaf comes from the callchain")
    func leafWithoutRegisters() {
        let test = TestRing()
        let shard = shard([test], hasStack: false)
        var bare = sample(0x42)
        bare.user = nil
        test.write(bare.bytes)
        consume(shard)
        #expect(stacks([shard.stacks]) == [[0x42, 0x100]: 1])
        #expect(unwinder.count == 0)
    }

    @Test("a thread without user state has a whole stack of kernel frames")
    func kernelOnly() {
        let test = TestRing()
        let shard = shard([test])
        var ending = sample(1)
        ending.callchain = [UInt64(bitPattern: -128), 0xFFFF_FFFF_8100_0000, 0xFFFF_FFFF_8100_0010]
        ending.user = (0, [])
        ending.stack = []
        test.write(ending.bytes)
        consume(shard)
        #expect(stacks([shard.stacks]) == [[0xFFFF_FFFF_8100_0000, 0xFFFF_FFFF_8100_0010]: 1])
        #expect(shard.counts.unrooted == 0)
    }

    @Test("no bytes in a ring make a shard crash")
    func fuzz() {
        var random = FixedRandom(state: 17)
        for _ in 0..<200 {
            let test = TestRing(pages: 2)
            for number in 0..<6 {
                var bytes = sample(UInt64(number)).bytes
                for _ in 0..<4 {
                    bytes[Int.random(in: 8..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                test.write(bytes)
            }
            let shard = shard([test])
            consume(shard)
            #expect(test.tail == test.head)
            #expect(shard.counts.samples + shard.counts.malformed == 6)
        }
    }
}

extension [UInt8] {
    /// The same record with another size in its header.
    fileprivate func replacingSize(by size: UInt16) -> [UInt8] {
        var changed = self
        changed.replaceSubrange(6..<8, with: RecordBytes.little(size))
        return changed
    }
}
