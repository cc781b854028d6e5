/// When a snapshot was taken, by three clocks.
///
/// Monotonic time stands still while a virtual machine or laptop is suspended, boot time does not: their difference
/// tells. Source: clock_gettime(2).
package struct HostInstant: Hashable, Sendable, Codable {
    /// CLOCK_MONOTONIC, nanoseconds.
    package var monotonic: UInt64
    /// CLOCK_BOOTTIME, nanoseconds.
    package var boot: UInt64
    /// The time of day, nanoseconds since 1970-01-01 UTC; for report headers only.
    package var wall: UInt64

    package init(monotonic: UInt64, boot: UInt64, wall: UInt64 = 0) {
        self.monotonic = monotonic
        self.boot = boot
        self.wall = wall
    }
}
