import Testing

@testable import PerfAllocations

@Suite("growth of a heap")
struct HeapGrowthTests {
    @Test("a stack that never shrank grows; one that came to rest, or goes up and down, does not")
    func growing() {
        var growth = HeapGrowth()
        for step in 0..<100 as Range<UInt64> {
            let time = step * 100_000_000
            let live: [UInt32: UInt64] = [
                1: 10_000 + step * 1000, 2: min(step, 10) * 100_000, 3: 50_000 + (step % 7) * 20_000,
                4: step < 99 ? 0 : 1 << 20,
            ]
            if growth.isDue(at: time) { growth.add(live, at: time, cost: 1000) }
        }
        #expect(growth.growing() == [1])
    }

    @Test("too few looks tell nothing")
    func few() {
        var growth = HeapGrowth()
        for step in 0..<5 as Range<UInt64> { growth.add([1: step * 10_000], at: step * 100_000_000, cost: 0) }
        #expect(growth.growing().isEmpty)
    }

    @Test("a timeline keeps a bounded number of points over any time")
    func timeline() {
        var timeline = HeapTimeline()
        for step in 0..<100_000 as Range<UInt64> {
            let time = step * 10_000_000
            timeline.add(HeapTimeline.Point(time: time, liveBytes: step, residentBytes: 0), at: time)
        }
        #expect((256...1024).contains(timeline.points.count))
        #expect(timeline.points.first?.time == 0)
        #expect(timeline.points.last.map { $0.time > 990_000 * 1_000_000 } == true)
    }
}
