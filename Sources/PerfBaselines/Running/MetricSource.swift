import PerfModel

/// A way to counters that each need a run of their own: system calls, allocations, instructions.
///
/// Engines beside this one conform too: what counts allocations is not known here.
package protocol MetricSource: Sendable {
    /// What it counts, by the names of ``Metric/all``.
    var metrics: [String] { get }

    /// Runs a command once under this source's eyes.
    ///
    /// - Parameter command: what to run; its preparations are run as well.
    /// - Returns: a value for each metric, or why there is none.
    func measure(_ command: BenchmarkCommand) -> Availability<[String: Double]>
}
