import PerfClients
import PerfLinux
import PerfModel

/// GET on a connection that is kept.
package final class HTTPProber: Prober {
    /// What browsers ask for; bodies are counted as they come, and not decoded.
    static let encodings = HTTPHeaders.Field("accept-encoding", "gzip, deflate, br, zstd")
    /// Bytes after which an answer is no longer worth its traffic.
    static let mostBytes = 16 << 20

    private let client: HTTPClient
    private let tally: HTTPTally
    package private(set) var connecting: [ProbePhase]
    private var isFirst = true
    private var isStream = false

    init(_ client: HTTPClient, resolution: UInt64?, tally: HTTPTally) {
        self.client = client
        self.tally = tally
        connecting = resolution.map { [ProbePhase("dns", nanoseconds: $0)] } ?? []
    }

    package func ask(before deadline: UInt64) throws(ProbeFailure) -> ProbeAnswer {
        let response: HTTPResponse
        do throws(HTTPError) {
            // A stream that is packed shows no events.
            response = try client.get(
                headers: isStream ? [] : [Self.encodings],
                limits: HTTPClient.Limits(kept: 64 << 10, most: Self.mostBytes, stopsAtEvent: true), before: deadline)
        } catch {
            var failure = ProbeFailure(error)
            // The next question connects anew by itself.
            failure.isConnectionUsable = failure.kind != .noLibrary
            throw failure
        }
        let isFirst = isFirst
        self.isFirst = false
        isStream = response.isEventStream
        if isFirst { connecting += Self.connecting(response) }
        tally.add(response, now: WallClock.nanosecondsSince1970() / 1_000_000_000)
        if let failure = ProbeFailure(response, of: client) { throw failure }
        if isStream, response.firstEvent == nil, response.cut == .time {
            throw ProbeFailure(
                .timedOut, "\(client.socket) streams, and no event came in time",
                remedy: "look at what the stream waits for; longer: --timeout 30", isConnectionUsable: true)
        }
        return ProbeAnswer(
            sentAt: response.sentAt, receivedAt: response.receivedAt, phases: Self.phases(response, isFirst: isFirst),
            isOnNewConnection: !response.isReused && !isFirst)
    }

    static func connecting(_ response: HTTPResponse) -> [ProbePhase] {
        var phases: [ProbePhase] = []
        if let time = response.phases.tcp { phases.append(ProbePhase("tcp", nanoseconds: time)) }
        if let time = response.phases.tls { phases.append(ProbePhase("tls", nanoseconds: time)) }
        return phases
    }

    private static func phases(_ response: HTTPResponse, isFirst: Bool) -> [ProbePhase] {
        (isFirst ? [] : connecting(response)) + [
            ProbePhase("first_byte", nanoseconds: response.phases.firstByte),
            ProbePhase(response.isEventStream ? "first_event" : "transfer", nanoseconds: response.phases.transfer),
        ]
    }
}
