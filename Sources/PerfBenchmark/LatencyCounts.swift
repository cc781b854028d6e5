/// Latencies in nanoseconds, rounded to three digits at least, with how often each occurred.
struct LatencyCounts {
    private(set) var counts: [Int64: Int64] = [:]

    /// Values below are kept exactly; above, so many steps are between a value and its double.
    private static let steps: Int64 = 2048

    mutating func add(_ nanoseconds: Int64) {
        counts[Self.rounded(nanoseconds), default: 0] += 1
    }

    static func rounded(_ value: Int64) -> Int64 {
        var scale: Int64 = 1
        while value / scale >= steps { scale *= 2 }
        return value / scale * scale
    }
}
