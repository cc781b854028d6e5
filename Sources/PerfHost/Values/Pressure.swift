/// Pressure stall information: how long work stood still for want of a resource.
///
/// Source: Documentation/accounting/psi.rst, Linux 4.20.
package struct PressureLine: Hashable, Sendable {
    /// Percent of the last 10, 60 and 300 seconds.
    package var average10: Double
    package var average60: Double
    package var average300: Double
    /// Microseconds since boot.
    package var total: UInt64
}

/// One resource.
///
/// For the host as a whole, `full` of the CPU is always 0, or missing in older kernels.
package struct ResourcePressure: Hashable, Sendable {
    /// At least one thread waited.
    package var some: PressureLine
    /// All threads that were not idle waited.
    package var full: PressureLine?
}

package struct PressureSet: Hashable, Sendable {
    package var cpu: ResourcePressure?
    package var memory: ResourcePressure?
    package var io: ResourcePressure?
    /// Linux 6.1 with CONFIG_IRQ_TIME_ACCOUNTING; has `full` only, which stands in `some` as well.
    package var irq: ResourcePressure?
    /// The directory that the files are from: `/proc/pressure`, or that of a cgroup.
    package var path: String
}
