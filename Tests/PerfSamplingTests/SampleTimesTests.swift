import PerfModel
import Testing

@testable import PerfSampling

@Suite("Times of samples") struct SampleTimesTests {
    private func key(_ node: Int32) -> StackTable.Key { StackTable.Key(node: node, thread: 3, end: .root) }

    @Test("gives back what was added, to the microsecond, though times step back")
    func roundTrip() {
        var times = SampleTimes(byteLimit: 1 << 20)
        var expected: [(Int32, UInt64)] = []
        var time: UInt64 = 90_000_000_000_000
        for index in 0..<10_000 {
            time = index % 500 == 499 ? time - 3_000_000 : time + UInt64(index % 7) * 250_123
            let node = Int32(index * index % 300)
            times.add(key(node), at: time)
            expected.append((node, time / 1000 * 1000))
        }
        var position = 0
        times.read { number, time in
            #expect(times.keys[number].node == expected[position].0)
            #expect(time == expected[position].1)
            position += 1
        }
        #expect(position == expected.count)
        #expect(times.count == expected.count)
    }

    @Test("a million samples at 999 Hz take four megabytes")
    func size() {
        var times = SampleTimes(byteLimit: SampleTimes.totalByteLimit)
        for index in 0..<1_000_000 { times.add(key(Int32(index % 1000)), at: UInt64(index) * 1_001_001) }
        #expect(times.byteCount < 4 << 20)
        #expect(times.droppedCount == 0)
    }

    @Test("stops at its limit and says how many samples found no room")
    func limit() {
        var times = SampleTimes(byteLimit: 1000)
        for index in 0..<1000 { times.add(key(0), at: UInt64(index) * 1_001_001) }
        #expect(times.byteCount <= 1000)
        #expect(times.droppedCount > 0)
        #expect(UInt64(times.count) + times.droppedCount == 1000)
        var read = 0
        times.read { _, _ in read += 1 }
        #expect(read == times.count)
    }

    @Test("merging tables gives each key its new number")
    func merging() {
        func frame(_ address: UInt64) -> StackTable.Frame {
            StackTable.Frame(image: 0, isGuess: false, address: .init(rawValue: address))
        }
        var first = StackTable()
        var second = StackTable()
        let weight = StackTable.Weight(count: 1, period: 1)
        first.add([frame(9), frame(1)], thread: 0, end: .root, weight: weight)
        first.add([frame(8), frame(1)], thread: 0, end: .root, weight: weight)
        var times = SampleTimes(byteLimit: 1000)
        times.add(second.add([frame(8), frame(1)], thread: 0, end: .root, weight: weight), at: 5000)
        let keys = first.merge(second)
        times.replaceKeys { keys[$0] ?? $0 }
        #expect(first.samples[times.keys[0]]?.count == 2)
        #expect(first.stack(at: times.keys[0].node) == [frame(8), frame(1)])
    }
}
