import PerfClients

/// A kind of stall that the server's latency monitor has seen; it sees none unless latency-monitor-threshold is set.
package struct RedisLatencyEvent: Hashable, Sendable {
    /// `"command"`, `"fork"`, `"expire-cycle"`, `"aof-fsync-always"`.
    package var name: String
    /// Of the last one, seconds since 1970 by the server's clock.
    package var seconds: Int64
    package var latestMilliseconds: Int64
    package var maximumMilliseconds: Int64

    /// Events of an answer; nil for one of another form.
    package static func all(_ reply: RedisReply) -> [RedisLatencyEvent]? {
        guard let elements = reply.elements else { return nil }
        var events: [RedisLatencyEvent] = []
        for element in elements {
            guard let parts = element.elements, parts.count >= 4, let name = parts[0].text,
                let seconds = parts[1].integer, let latest = parts[2].integer, let maximum = parts[3].integer
            else { return nil }
            events.append(
                RedisLatencyEvent(
                    name: String(name.prefix(64)), seconds: seconds, latestMilliseconds: latest,
                    maximumMilliseconds: maximum))
        }
        return events
    }
}
