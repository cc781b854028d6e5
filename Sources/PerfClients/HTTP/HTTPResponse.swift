/// An answer of HTTP, whatever its status.
package struct HTTPResponse: Hashable, Sendable {
    /// Why the body is not whole.
    package enum Cut: Hashable, Sendable {
        /// More came than the limit.
        case size
        /// A stream of events, which went on.
        case time
        /// The first event was all that was asked for.
        case firstEvent
    }

    /// Parts of an answer in nanoseconds, one after the other; nil for those that did not happen.
    package struct Phases: Hashable, Sendable {
        /// Of a new connection.
        package var tcp: UInt64?
        package var tls: UInt64?
        /// From when it was asked, or the connection was there, to the first byte.
        package var firstByte: UInt64
        package var transfer: UInt64

        package init(tcp: UInt64? = nil, tls: UInt64? = nil, firstByte: UInt64, transfer: UInt64) {
            self.tcp = tcp
            self.tls = tls
            self.firstByte = firstByte
            self.transfer = transfer
        }
    }

    /// A part of a stream of events.
    package struct Piece: Hashable, Sendable {
        /// Bytes of the body up to here.
        package var end: Int
        /// Nanoseconds of CLOCK_MONOTONIC.
        package var receivedAt: UInt64

        package init(end: Int, receivedAt: UInt64) {
            self.end = end
            self.receivedAt = receivedAt
        }
    }

    package var status: Int
    /// `"1.0"`, `"1.1"`, `"2"`, `"3"`.
    package var version: String
    package var headers: HTTPHeaders
    /// What was kept of it.
    package var body: [UInt8]
    /// Bytes that came, kept or not; as they came over the wire, unless they were decoded.
    package var bodySize: UInt64
    package var cut: Cut?
    package var phases: Phases
    /// Nanoseconds of CLOCK_MONOTONIC: before the first byte was sent (or the connection begun), and after the last.
    package var sentAt: UInt64
    package var receivedAt: UInt64
    /// Whether a connection of an earlier answer was used again.
    package var isReused: Bool
    /// Who answered: `"10.0.0.5"`.
    package var peer: String
    /// Until when the server's certificate is valid, in seconds since 1970; nil where nobody looked, or none was sent.
    package var certificateExpiry: Int64?
    /// Of a stream of events: when each piece came.
    package var pieces: [Piece]
    /// Of a stream of events: nanoseconds from ``sentAt`` until the first one was whole; nil where none was.
    package var firstEvent: UInt64?

    package init(
        status: Int, version: String = "1.1", headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [],
        bodySize: UInt64? = nil, cut: Cut? = nil, phases: Phases = Phases(firstByte: 0, transfer: 0),
        sentAt: UInt64 = 0,
        receivedAt: UInt64 = 0, isReused: Bool = false, peer: String = "", certificateExpiry: Int64? = nil,
        pieces: [Piece] = [], firstEvent: UInt64? = nil
    ) {
        self.status = status
        self.version = version
        self.headers = headers
        self.body = body
        self.bodySize = bodySize ?? UInt64(body.count)
        self.cut = cut
        self.phases = phases
        self.sentAt = sentAt
        self.receivedAt = receivedAt
        self.isReused = isReused
        self.peer = peer
        self.certificateExpiry = certificateExpiry
        self.pieces = pieces
        self.firstEvent = firstEvent
    }

    /// Whether it is a stream of events (SSE).
    package var isEventStream: Bool {
        headers["content-type"]?.lowercased().hasPrefix("text/event-stream") ?? false
    }
}
