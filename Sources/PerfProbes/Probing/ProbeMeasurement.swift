import PerfModel

/// What was measured of one target.
package struct ProbeMeasurement: Sendable {
    package enum Verdict: String, Sendable {
        case ok
        /// It answers, and later than it should, or not every time.
        case slow
        /// It does not answer.
        case failed
        /// The prober itself was too slow to tell.
        case invalid
    }

    package var url: String
    /// What was really asked.
    package var address: String
    package var method: String
    /// Questions that were due.
    package var sent: Int
    package var received: Int
    /// Nil where nothing was answered.
    package var latency: LatencySummary?
    package var recorder: LatencyRecorder
    package var timeline: ProbeTimeline
    /// Median nanoseconds of the parts of an answer, in order.
    package var phases: [ProbePhase]
    /// Nanoseconds of the parts of the first connection, in order; empty where there is none.
    package var connecting: [ProbePhase]
    /// Connections that were made, the first one included.
    package var connections: Int
    /// Why questions were not answered, with how often, the most frequent first.
    package var failures: [Failure]
    package var limits: [LatencyLimit]
    package var report: ServerReport
    /// How late our own thread was to ask once it could: nanoseconds.
    package var lag: LatencySummary?
    package var verdict: Verdict
    /// Why it is not ok, in one sentence; nil where it is.
    package var reason: String?
    /// Questions a second that it is asked at most, whatever the rate; nil for any.
    package var mostRate: Double?

    package struct Failure: Hashable, Sendable {
        package var failure: ProbeFailure
        package var count: Int
    }

    /// 0...1; 0 where nothing was asked.
    package var lost: Double { sent > 0 ? Double(sent - received) / Double(sent) : 0 }
}
