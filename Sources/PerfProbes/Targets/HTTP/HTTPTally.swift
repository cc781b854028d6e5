import PerfClients
import Synchronization

/// What the one who asks has seen of all answers, for the one who observes.
///
/// Both are threads of one target.
package final class HTTPTally: Sendable {
    /// What was seen up to now.
    package struct Counts: Sendable {
        /// Answers of any status.
        package var answers = 0
        package var statuses: [Int: Int] = [:]
        /// Answers for which a connection had to be made, the first one left out.
        package var reconnections = 0
        /// Answers that say that their connection ends with them.
        package var closing = 0
        /// Nanoseconds from the question to the first byte.
        package var firstByte = LatencyRecorder()
        /// Nanoseconds that the server says it took itself.
        package var serverTime = LatencyRecorder()
        /// Nanoseconds to the first byte without those.
        package var outside = LatencyRecorder()
        /// The field that says it; nil where none does.
        package var serverTimeSource: String?
        /// Seconds, of the last refusal that says so.
        package var retryAfter: Int64?

        package init() {}

        /// Adds an answer.
        ///
        /// - Parameters:
        ///   - response: of any status.
        ///   - now: seconds since 1970.
        package mutating func add(_ response: HTTPResponse, now: Int64) {
            answers += 1
            statuses[response.status, default: 0] += 1
            if !response.isReused, answers > 1 { reconnections += 1 }
            if response.headers["connection"]?.lowercased().contains("close") ?? false { closing += 1 }
            if let text = response.headers["retry-after"], let seconds = HTTPRetryAfter.seconds(text, now: now) {
                retryAfter = seconds
            }
            guard (200..<400).contains(response.status) else { return }
            firstByte.add(response.phases.firstByte)
            // A cache repeats what the server said once.
            guard HTTPCaching(response.headers).isHit != true, let time = HTTPServerTime(response) else { return }
            serverTime.add(time.nanoseconds)
            outside.add(response.phases.firstByte - min(response.phases.firstByte, time.nanoseconds))
            serverTimeSource = time.source
        }

        /// Answers of a range of statuses.
        package func count(of range: Range<Int>) -> Int {
            statuses.reduce(0) { range.contains($1.key) ? $0 + $1.value : $0 }
        }
    }

    private let counts = Mutex(Counts())

    package init() {}

    package var current: Counts { counts.withLock { $0 } }

    func add(_ response: HTTPResponse, now: Int64) { counts.withLock { $0.add(response, now: now) } }
}
