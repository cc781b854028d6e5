/// What two profiles are divided by, so that they can be compared.
package enum Normalization: Hashable, Sendable {
    /// Shares of the total: right whatever was recorded, blind to a change of the whole.
    case total
    /// Per second of the recording.
    case duration
    /// Per operation: requests served, runs of a benchmark.
    case operations(before: Double, after: Double)

    /// `total`, `duration`, `operations`.
    package var name: String {
        switch self {
        case .total: "total"
        case .duration: "duration"
        case .operations: "operations"
        }
    }
}
