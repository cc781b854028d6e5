import PerfClients
import PerfModel

/// What was seen of an HTTP server while it was asked.
package struct HTTPObservation: Sendable {
    /// What was really asked.
    package var address: String
    package var isTLS: Bool
    /// Path and query that were asked for.
    package var target: String
    package var client: ClientLatency
    package var answers: HTTPTally.Counts
    /// The answer to the first question of a connection of its own, bodies as they come; its certificate was looked at.
    package var page: HTTPResponse
    /// The answer to the same question a moment later; nil for a stream, and where there was none.
    package var again: HTTPResponse?
    /// Steps of redirects from the page on.
    package var redirects: [HTTPRedirect]
    /// Whether they lead back to where they began.
    package var isLoop: Bool
    /// Nanoseconds that the name took; nil for an address.
    package var resolution: UInt64?
    /// Seconds since 1970.
    package var now: Int64

    package init(
        address: String, isTLS: Bool, target: String, client: ClientLatency, answers: HTTPTally.Counts,
        page: HTTPResponse, again: HTTPResponse? = nil, redirects: [HTTPRedirect] = [], isLoop: Bool = false,
        resolution: UInt64? = nil, now: Int64
    ) {
        self.address = address
        self.isTLS = isTLS
        self.target = target
        self.client = client
        self.answers = answers
        self.page = page
        self.again = again
        self.redirects = redirects
        self.isLoop = isLoop
        self.resolution = resolution
        self.now = now
    }

    /// The page, where it is what was asked for; else why it cannot be judged.
    package var content: Availability<HTTPResponse> {
        guard (200..<300).contains(page.status) else {
            return .unavailable(
                reason: "the answer is \(HTTPWords.status(page.status)): there is nothing of it to judge",
                remedy: "name a URL that answers 200")
        }
        return .available(page)
    }

    package var stream: HTTPEventStream? { (200..<300).contains(page.status) ? HTTPEventStream(page) : nil }

    /// The network's part of a round trip, in nanoseconds, and who says so.
    package var network: (nanoseconds: UInt64, source: String)? {
        if let network = client.network { return (network, "ping or a TCP connect") }
        return page.phases.tcp.map { ($0, "one TCP connect") }
    }

    /// `"text/html"`, in lower case and without parameters; empty where the server does not say.
    package var mediaType: String {
        let type = (page.headers["content-type"] ?? "").lowercased().prefix { $0 != ";" }
        return String(type.filter { $0 != " " })
    }

    /// Whether it is text in the end, and packs well.
    package var isText: Bool {
        let type = mediaType
        return type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml")
            || [
                "application/json", "application/javascript", "application/x-javascript", "application/xml",
                "application/x-ndjson", "application/graphql", "application/wasm", "image/bmp", "font/ttf", "font/otf",
                "application/vnd.ms-fontobject", "application/x-www-form-urlencoded", "application/manifest+json",
            ].contains(type)
    }

    /// Whether it is a file that seldom changes: a script, a style, an image, a font, a film.
    package var isStatic: Bool {
        let type = mediaType
        return ["image/", "font/", "video/", "audio/"].contains { type.hasPrefix($0) }
            || ["text/css", "text/javascript", "application/javascript", "application/wasm"].contains(type)
    }
}
