import Testing

@testable import PerfSampling

@Suite("perf ring")
struct PerfRingTests {
    private func names(_ test: TestRing, upTo head: UInt64? = nil) -> [String] {
        var names: [String] = []
        test.ring.forEachNewRecord(upTo: head ?? test.ring.head) { bytes in
            if case .named(_, _, let name, _)? = ProcessRecord.parse(bytes)?.record { names.append(name) }
        }
        return names
    }

    @Test("a record that runs over the ring's end is read in one piece, wherever it is cut")
    func wrapped() {
        for gap in stride(from: 8, through: 96, by: 8) {
            let test = TestRing(startingAt: UInt64(3 * 4096 - gap))
            test.write(RecordBytes.named(pid: 1, tid: 2, "first-of-two", time: 1))
            test.write(RecordBytes.named(pid: 1, tid: 2, "second", time: 2))
            #expect(names(test) == ["first-of-two", "second"], "cut after \(gap) bytes")
        }
    }

    @Test("looking does not free space, and each record is looked at once")
    func twoPasses() {
        let test = TestRing()
        test.write(RecordBytes.named(pid: 1, tid: 2, "one", time: 1))
        let between = test.head
        test.write(RecordBytes.named(pid: 1, tid: 2, "two", time: 2))
        #expect(names(test, upTo: between) == ["one"])
        #expect(test.tail == 0)
        #expect(names(test) == ["two"])
        #expect(names(test) == [])
        var consumed = 0
        test.ring.consume(upTo: test.ring.head) { _ in
            consumed += 1
            return true
        }
        #expect(consumed == 2)
        #expect(test.tail == test.head)
    }

    @Test("a record that is refused stays")
    func refused() {
        let test = TestRing()
        test.write(RecordBytes.named(pid: 1, tid: 2, "one", time: 1))
        let between = test.head
        test.write(RecordBytes.named(pid: 1, tid: 2, "two", time: 2))
        var seen = 0
        test.ring.consume(upTo: test.ring.head) { _ in
            seen += 1
            return seen == 1
        }
        #expect(test.tail == between)
        test.ring.consume(upTo: test.ring.head) { _ in true }
        #expect(test.tail == test.head)
    }

    @Test("half a ring is half full")
    func fill() {
        let test = TestRing(startingAt: 8192)
        #expect(test.ring.fill(at: test.ring.head) == 0)
        test.moveHead(to: 8192 + 2048)
        #expect(test.ring.fill(at: test.ring.head) == 0.5)
    }

    @Test("sizes and positions that cannot be end the reading")
    func hostile() {
        for size in [0, 1, 7, 9, 4092, 65535] as [UInt16] {
            let test = TestRing(startingAt: 4088)
            test.write(RecordBytes.little(UInt32(3)) + RecordBytes.little(UInt16(0)) + RecordBytes.little(size))
            #expect(names(test) == [])
            test.ring.consume(upTo: test.ring.head) { _ in true }
        }
        for head in [1, 7, 4097, UInt64.max, 1 << 63] as [UInt64] {
            let test = TestRing()
            test.moveHead(to: head)
            var count = 0
            test.ring.consume(upTo: test.ring.head) { _ in
                count += 1
                return true
            }
            #expect(count == 0, "head \(head)")
        }
    }

    @Test("no bytes in a ring make the reader crash or hang")
    func fuzz() {
        var random = FixedRandom(state: 7)
        for _ in 0..<500 {
            let test = TestRing(startingAt: UInt64.random(in: 0...1 << 20, using: &random) & ~7)
            test.write((0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) & 0x3F })
            test.ring.forEachNewRecord(upTo: test.ring.head) { _ = ProcessRecord.parse($0) }
            test.ring.consume(upTo: test.ring.head) { record in
                _ = PerfSample(record, hasStack: true)
                return true
            }
        }
    }
}
