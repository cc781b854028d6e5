import PerfModel

/// Reads what one target tells of key metrics, again and again, on one connection and one thread.
package protocol KeyMetricReader: AnyObject {
    /// What it can tell.
    var metrics: [KeyMetric] { get }

    /// - Parameter deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: of each metric what is known, or why nothing is.
    /// - Throws: why the target says nothing at all; the next call begins anew.
    func read(before deadline: UInt64) throws(ProbeFailure) -> [KeyMetric: Availability<KeyReading>]
}
