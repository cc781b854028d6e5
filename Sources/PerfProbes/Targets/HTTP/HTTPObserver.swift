import PerfClients
import PerfLinux
import PerfModel

/// Looks at what an HTTP server says of its answers, on a connection of its own: two questions, and one for each step of
/// a redirect.
package final class HTTPObserver: ServerObserver {
    /// Steps of redirects that are followed at the same server; browsers follow 20.
    private static let mostRedirects = 10
    /// A stream is listened to no longer.
    private static let listening = Duration.seconds(5)

    private let server: HTTPAddress
    private let socket: SocketAddress
    private let resolution: UInt64?
    private let tally: HTTPTally
    private var page: HTTPResponse?
    private var again: HTTPResponse?
    private var redirects: [HTTPRedirect] = []
    private var isLoop = false

    init(of server: HTTPAddress, at socket: SocketAddress, resolution: UInt64?, tally: HTTPTally) {
        self.server = server
        self.socket = socket
        self.resolution = resolution
        self.tally = tally
    }

    package var interval: Duration { .seconds(1) }

    package func begin(before deadline: UInt64) throws(ProbeFailure) {
        do throws(HTTPError) {
            let client = try HTTPClient(
                to: socket, of: server, options: HTTPClient.Options(isDecoded: false, isInspected: true))
            var page = try ask(client, [HTTPProber.encodings], before: deadline)
            if page.isEventStream, (200..<300).contains(page.status) {
                // The first one ended with its first event. What is packed shows no events: none is asked for.
                let end = min(deadline, MonotonicClock.nanoseconds + UInt64(Self.listening.wholeNanoseconds))
                var heard = try client.get(limits: HTTPClient.Limits(kept: 4 << 20, most: 4 << 20), before: end)
                heard.certificateExpiry = page.certificateExpiry
                if heard.isReused { heard.phases.tcp = page.phases.tcp }
                page = heard
            } else {
                again = try ask(client, [HTTPProber.encodings], before: deadline)
                try follow(page, client, before: deadline)
            }
            self.page = page
        } catch { throw ProbeFailure(error) }
    }

    package func look(before deadline: UInt64) {}

    package func finish(
        before deadline: UInt64, client: ClientLatency, thresholds: [String: CheckThreshold]
    ) -> ServerReport {
        guard let page else { return ServerReport() }
        let observation = HTTPObservation(
            address: socket.description, isTLS: server.isTLS, target: server.target, client: client,
            answers: tally.current, page: page, again: again, redirects: redirects, isLoop: isLoop,
            resolution: resolution, now: WallClock.nanosecondsSince1970() / 1_000_000_000)
        return observation.report(thresholds: thresholds).redacted(by: server.url)
    }

    private func ask(
        _ client: HTTPClient, _ headers: [HTTPHeaders.Field], target: String? = nil, before deadline: UInt64
    ) throws(HTTPError) -> HTTPResponse {
        try client.get(
            target, headers: headers,
            limits: HTTPClient.Limits(kept: 64 << 10, most: HTTPProber.mostBytes, stopsAtEvent: true), before: deadline)
    }

    /// Steps at the same server are taken; where they lead to another one, it is told and left alone.
    private func follow(_ first: HTTPResponse, _ client: HTTPClient, before deadline: UInt64) throws(HTTPError) {
        var (answer, target) = (first, server.target)
        var seen: Set<String> = [target]
        while let step = HTTPRedirect(answer, of: server, from: target), redirects.count < Self.mostRedirects {
            redirects.append(step)
            guard let next = step.target else { return }
            guard seen.insert(next).inserted else {
                isLoop = true
                return
            }
            target = next
            answer = try ask(client, [], target: next, before: deadline)
        }
    }
}

extension ServerReport {
    /// Without what the URL keeps secret: servers say back what they were told.
    fileprivate func redacted(by url: ServerURL) -> ServerReport {
        var report = self
        for index in report.facts.indices { report.facts[index].value = url.redacted(facts[index].value) }
        for index in report.findings.indices { report.findings[index].summary = url.redacted(findings[index].summary) }
        return report
    }
}
