import PerfClients

/// How a stream of events (SSE) came.
package struct HTTPEventStream: Hashable, Sendable {
    /// Pieces that follow within a millisecond are one: the network cuts where it likes.
    private static let sameMoment: UInt64 = 1_000_000

    package var events: Int
    /// Moments at which events came.
    package var moments: Int
    /// Most events that came at one moment.
    package var mostAtOnce: Int
    /// Nanoseconds from the question to the first event; nil where none came.
    package var firstEvent: UInt64?
    /// Nanoseconds between one moment and the next; nil for fewer than two.
    package var largestGap: UInt64?
    /// Nanoseconds from the first byte of the body to the last.
    package var duration: UInt64
    /// Whether the server ended it.
    package var isEnded: Bool

    package init(
        events: Int, moments: Int, mostAtOnce: Int, firstEvent: UInt64?, largestGap: UInt64?, duration: UInt64,
        isEnded: Bool
    ) {
        self.events = events
        self.moments = moments
        self.mostAtOnce = mostAtOnce
        self.firstEvent = firstEvent
        self.largestGap = largestGap
        self.duration = duration
        self.isEnded = isEnded
    }

    /// Events of an answer; nil for one that is no stream.
    package init?(_ response: HTTPResponse) {
        guard response.isEventStream else { return nil }
        let ends = Self.ends(response.body)
        var (moments, mostAtOnce, atOnce) = (0, 0, 0)
        var (first, last, largestGap): (UInt64?, UInt64?, UInt64?) = (nil, nil, nil)
        var next = 0
        for piece in response.pieces {
            let from = next
            while next < ends.count, ends[next] <= piece.end { next += 1 }
            guard next > from else { continue }
            if let last, piece.receivedAt < last + Self.sameMoment {
                atOnce += next - from
            } else {
                if let last { largestGap = max(largestGap ?? 0, piece.receivedAt - last) }
                moments += 1
                atOnce = next - from
            }
            mostAtOnce = max(mostAtOnce, atOnce)
            first = first ?? piece.receivedAt
            last = piece.receivedAt
        }
        let (begin, end) = (response.pieces.first?.receivedAt ?? 0, response.pieces.last?.receivedAt ?? 0)
        self.init(
            events: next, moments: moments, mostAtOnce: mostAtOnce,
            firstEvent: first.map { $0 - min($0, response.sentAt) }, largestGap: largestGap, duration: end - begin,
            isEnded: response.cut == nil)
    }

    /// Where each event ends: bytes of the body up to and with the empty line after its data.
    ///
    /// Lines end with LF, CRLF or CR; comments and blocks without data are no events (HTML, section 9.2.6).
    package static func ends(_ body: [UInt8]) -> [Int] {
        var ends: [Int] = []
        var start = 0
        var hasData = false
        for index in body.indices {
            let byte = body[index]
            guard byte == 10 || byte == 13 else { continue }
            let isSecondHalf = byte == 10 && index > 0 && body[index - 1] == 13
            if index == start {
                if !isSecondHalf {
                    if hasData { ends.append(index + 1) }
                    hasData = false
                }
            } else if isData(body[start..<index]) {
                hasData = true
            }
            start = index + 1
        }
        return ends
    }

    private static func isData(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.starts(with: [0x64, 0x61, 0x74, 0x61]) else { return false }
        return line.count == 4 || line[line.startIndex + 4] == UInt8(ascii: ":")
    }
}
