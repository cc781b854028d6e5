import PerfModel

/// A connection on which questions are asked, one after the other, by one thread.
package protocol Prober: AnyObject {
    /// How long each part of connecting took, in order; empty where there is no connection, or none yet.
    var connecting: [ProbePhase] { get }

    /// Asks once, and waits for the whole answer.
    ///
    /// After a failure the prober is not used again, unless ``ProbeFailure/isConnectionUsable``.
    ///
    /// - Parameter deadline: nanoseconds of CLOCK_MONOTONIC; the call is over by then.
    /// - Returns: when it was sent and received.
    /// - Throws: why there is no answer.
    func ask(before deadline: UInt64) throws(ProbeFailure) -> ProbeAnswer
}

/// A prober whose questions do not wait for one another: an answer that never comes delays none of the others.
protocol StreamProber: Prober {
    /// Asks, and does not wait.
    ///
    /// - Returns: a number that the answer will have, and when it was sent.
    func send() throws(ProbeFailure) -> (number: UInt16, sentAt: UInt64)

    /// Waits for the next answer to any question.
    ///
    /// - Parameter instant: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: nil where none came by then.
    /// - Throws: what the network tells of one of the questions.
    func receive(before instant: UInt64) throws(ProbeFailure) -> (number: UInt16, receivedAt: UInt64)?

    /// That no answer came in time.
    var silence: ProbeFailure { get }
}

extension StreamProber {
    package func ask(before deadline: UInt64) throws(ProbeFailure) -> ProbeAnswer {
        let question = try send()
        while let answer = try receive(before: deadline) {
            if answer.number == question.number {
                return ProbeAnswer(sentAt: question.sentAt, receivedAt: answer.receivedAt)
            }
        }
        throw silence
    }
}

/// An answer.
package struct ProbeAnswer: Hashable, Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC: just before the first byte was sent, and once the last one was there.
    package var sentAt: UInt64
    package var receivedAt: UInt64
    /// What the time between them went to; empty for a bare round trip.
    package var phases: [ProbePhase]
    /// Whether the prober had to connect again for it: the other side had ended the connection.
    package var isOnNewConnection: Bool

    package init(sentAt: UInt64, receivedAt: UInt64, phases: [ProbePhase] = [], isOnNewConnection: Bool = false) {
        self.sentAt = sentAt
        self.receivedAt = receivedAt
        self.phases = phases
        self.isOnNewConnection = isOnNewConnection
    }
}

/// A part of connecting or of an answer.
package struct ProbePhase: Hashable, Sendable {
    /// `dns`, `tcp`, `tls`, `auth`, `first_byte`, `transfer`.
    package var name: String
    package var nanoseconds: UInt64

    package init(_ name: String, nanoseconds: UInt64) {
        self.name = name
        self.nanoseconds = nanoseconds
    }
}
