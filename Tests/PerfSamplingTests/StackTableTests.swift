import PerfModel
import Testing

@testable import PerfSampling

@Suite("stack table")
struct StackTableTests {
    private func frame(_ address: UInt64) -> StackTable.Frame {
        StackTable.Frame(image: 1, isGuess: false, address: ImageAddress(rawValue: address))
    }

    private let one = StackTable.Weight(count: 1, period: 10)

    @Test("equal stacks of a thread are one, with the sum of their weights")
    func equal() {
        var table = StackTable()
        for _ in 0..<3 { table.add([frame(1), frame(2)], thread: 0, end: .root, weight: one) }
        table.add([frame(1), frame(2)], thread: 1, end: .root, weight: one)
        table.add([frame(1), frame(2)], thread: 0, end: .unrooted, weight: one)
        #expect(table.samples.values.map(\.count).sorted() == [1, 1, 3])
        #expect(table.samples.values.map(\.period).reduce(0, +) == 50)
        #expect(table.frames.count == 2 && table.nodes.count == 2)
    }

    @Test("stacks that share their root share its nodes, and come back as they were")
    func sharing() throws {
        var table = StackTable()
        table.add([frame(1), frame(3)], thread: 0, end: .root, weight: one)
        table.add([frame(2), frame(3)], thread: 0, end: .root, weight: one)
        table.add([], thread: 0, end: .unrooted, weight: one)
        #expect(table.nodes.count == 3)
        #expect(
            Set(table.samples.keys.map { table.stack(at: $0.node) }) == [
                [frame(1), frame(3)], [frame(2), frame(3)], [],
            ])
    }

    @Test("two merged tables hold what one would")
    func merge() {
        var random = FixedRandom(state: 3)
        var whole = StackTable()
        var parts = [StackTable(), StackTable()]
        for _ in 0..<2000 {
            let stack = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                frame(UInt64.random(in: 0...9, using: &random))
            }
            let thread = Int32.random(in: 0...2, using: &random)
            whole.add(stack, thread: thread, end: .root, weight: one)
            parts[Int.random(in: 0...1, using: &random)].add(stack, thread: thread, end: .root, weight: one)
        }
        parts[0].merge(parts[1])
        #expect(listing(parts[0]) == listing(whole))
    }

    private func listing(_ table: StackTable) -> [String] {
        table.samples.map { key, weight in
            "\(key.thread) \(table.stack(at: key.node).map(\.address.rawValue)) \(weight.count)"
        }.sorted()
    }

    @Test("a full table cuts new stacks, counts them, and loses no sample")
    func limit() {
        var table = StackTable(nodeLimit: 1000)
        let total = 1100
        for address in 0..<total { table.add([frame(UInt64(address))], thread: 0, end: .root, weight: one) }
        #expect(table.nodes.count == 1000)
        #expect(table.overflowCount == 100)
        #expect(table.samples.values.reduce(0) { $0 + $1.count } == UInt64(total))
        #expect(table.samples.filter { $0.key.end == .truncated }.values.map(\.count) == [100])
    }
}
