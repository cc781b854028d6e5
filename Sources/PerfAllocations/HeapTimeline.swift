/// How the heap of a process grew: a bounded number of points, evenly spread over its life.
package struct HeapTimeline: Hashable, Sendable {
    package struct Point: Hashable, Sendable {
        /// Nanoseconds since the recording began.
        package var time: UInt64
        package var liveBytes: UInt64
        package var residentBytes: UInt64
    }

    package private(set) var points: [Point] = []
    /// Nanoseconds between two points; doubled whenever the points become too many.
    private var interval: UInt64 = 10_000_000
    private static let mostPoints = 1024

    /// Adds a point when it is time for one.
    mutating func add(_ point: @autoclosure () -> Point, at time: UInt64) {
        if let last = points.last, time < last.time &+ interval { return }
        points.append(point())
        guard points.count >= Self.mostPoints else { return }
        points = points.indices.filter { $0 % 2 == 0 }.map { points[$0] }
        interval *= 2
    }
}
