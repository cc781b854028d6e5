import PerfModel

/// The counters of a Redis at one moment.
package struct RedisSnapshot: Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    package var takenAt: UInt64
    package var info: Availability<RedisInfo>
    package var pingHistogram: Availability<RedisHistogram>

    package init(
        takenAt: UInt64, info: Availability<RedisInfo>, pingHistogram: Availability<RedisHistogram>
    ) {
        self.takenAt = takenAt
        self.info = info
        self.pingHistogram = pingHistogram
    }
}
