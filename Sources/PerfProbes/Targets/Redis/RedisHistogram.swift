import PerfClients

/// How long the server itself took for a command, as LATENCY HISTOGRAM counts it since its start.
///
/// Redis 7.0.
package struct RedisHistogram: Hashable, Sendable {
    /// Commands that took no longer than each bound, bounds in rising order; empty ones are left out by the server.
    private var cumulative: [(microseconds: UInt64, count: UInt64)]
    package let calls: UInt64

    /// The histogram of one command; one without calls where the answer has none.
    ///
    /// - Returns: nil for an answer of another form.
    package init?(_ reply: RedisReply) {
        guard let commands = reply.pairs else { return nil }
        guard let first = commands.first else {
            (cumulative, calls) = ([], 0)
            return
        }
        guard let parts = first.value.pairs else { return nil }
        var counts: [(microseconds: UInt64, count: UInt64)] = []
        var total: UInt64?
        for part in parts {
            if part.key == "calls" { total = part.value.integer.flatMap { UInt64(exactly: $0) } }
            guard part.key == "histogram_usec" else { continue }
            guard let numbers = part.value.elements, numbers.count.isMultiple(of: 2) else { return nil }
            for index in stride(from: 0, to: numbers.count, by: 2) {
                guard let bound = numbers[index].integer.flatMap({ UInt64(exactly: $0) }),
                    let count = numbers[index + 1].integer.flatMap({ UInt64(exactly: $0) })
                else { return nil }
                counts.append((bound, count))
            }
        }
        guard let total else { return nil }
        calls = total
        cumulative = counts.sorted { $0.microseconds < $1.microseconds }
    }

    /// Microseconds that half of the commands since an earlier look took at most; nil where there were none.
    package func median(since earlier: RedisHistogram) -> UInt64? {
        guard calls > earlier.calls else { return nil }
        let half = (calls - earlier.calls + 1) / 2
        return cumulative.first { $0.count >= earlier.count(upTo: $0.microseconds) + half }?.microseconds
    }

    private func count(upTo microseconds: UInt64) -> UInt64 {
        cumulative.last { $0.microseconds <= microseconds }?.count ?? 0
    }

    package static func == (left: RedisHistogram, right: RedisHistogram) -> Bool {
        left.calls == right.calls && left.cumulative.elementsEqual(right.cumulative) { $0 == $1 }
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(calls) }
}
