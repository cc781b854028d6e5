/// Which stacks' live memory only ever grows, from a bounded number of looks at all of them.
struct HeapGrowth: Sendable {
    private struct Look {
        var time: UInt64
        var live: [UInt32: UInt64]
    }

    private var looks: [Look] = []
    private var interval: UInt64 = 50_000_000
    private static let mostLooks = 32
    /// Looks that a judgement needs.
    private static let leastLooks = 6

    func isDue(at time: UInt64) -> Bool {
        guard let last = looks.last else { return true }
        return time >= last.time &+ interval
    }

    /// Notes live bytes by stack.
    ///
    /// - Parameters:
    ///   - live: bytes by number of the stack.
    ///   - time: nanoseconds since the recording began.
    ///   - cost: nanoseconds that finding them took; looking shall not take more than a part in fifty.
    mutating func add(_ live: [UInt32: UInt64], at time: UInt64, cost: UInt64) {
        looks.append(Look(time: time, live: live))
        interval = max(interval, cost &* 50)
        guard looks.count >= Self.mostLooks else { return }
        looks = looks.indices.filter { $0 % 2 == 0 }.map { looks[$0] }
        interval *= 2
    }

    /// Stacks whose live memory grew throughout the last two thirds of the time and never shrank noticeably.
    func growing() -> Set<UInt32> {
        guard let end = looks.last, looks.count >= Self.leastLooks else { return [] }
        let window = Array(looks.suffix(looks.count * 2 / 3))
        var result: Set<UInt32> = []
        for (stack, last) in end.live where last >= 4096 {
            let values = window.map { $0.live[stack] ?? 0 }
            var highest: UInt64 = 0
            var rises = 0
            var shrinks = false
            for value in values {
                if value > highest { rises += 1 }
                // A little goes and comes in any program.
                if value < highest - highest / 50 { shrinks = true }
                highest = max(highest, value)
            }
            // Growth that came to rest is a program that has warmed up.
            let lateRise = last > values[values.count / 2]
            if !shrinks, lateRise, rises * 2 >= values.count, let first = values.first, last >= first + first / 5 {
                result.insert(stack)
            }
        }
        return result
    }
}
