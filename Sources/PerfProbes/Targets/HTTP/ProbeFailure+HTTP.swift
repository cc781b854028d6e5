import PerfClients
import PerfModel

extension ProbeFailure {
    /// What an HTTP server, or the way to it, refuses.
    package init(_ error: HTTPError) {
        self.init(Self.kind(of: error), error.summary, remedy: error.remedy)
    }

    private static func kind(of error: HTTPError) -> Kind {
        switch error {
        case .noLibrary, .oldLibrary: .noLibrary
        case .noMemory, .unreachable, .failed: .unreachable
        case .badURL: .badURL
        case .name: .nameNotFound
        case .refused: .refused
        case .noAnswer: .timedOut
        case .lost: .lost
        case .tls: .tls
        case .garbage, .tooManyHeaders: .garbage
        }
    }

    /// What the status of an answer says; nil for one that is fine.
    package init?(_ response: HTTPResponse, of client: HTTPClient) {
        let place = client.socket.description
        if (200..<400).contains(response.status) {
            guard response.cut == .size else { return nil }
            let size = Quantity.text(Int64(HTTPProber.mostBytes), unit: "bytes")
            self.init(
                .errorAnswer, "\(place) answers with more than \(size): it was cut there",
                remedy: "name a smaller answer: a page of it, or a health check", isConnectionUsable: true)
            return
        }
        let kind: Kind
        switch response.status {
        case 401, 407: kind = .authentication
        case 403: kind = .denied
        case 429: kind = .tooManyClients
        case 503: kind = .notReady
        default: kind = .errorAnswer
        }
        self.init(
            kind, "\(place) answers \(HTTPWords.status(response.status))", remedy: Self.remedy(response.status),
            isConnectionUsable: true)
    }

    private static func remedy(_ status: Int) -> String {
        switch status {
        case 401, 407: "name user and password in the URL: https://user:${PASSWORD}@host/path"
        case 403: "this user or address may not see it: probe another path, or grant it"
        case 404, 410: "correct the path of the URL"
        case 405, 501: "only GET is asked: name a path that takes it"
        case 429: "ask more seldom: --rate 1; the server limits how often each client may ask"
        case 400: "correct the URL; 'curl -v URL' shows what the server says"
        case 500: "see the server's log: the application failed"
        case 502: "see the proxy's log: what is behind it crashed, or speaks another protocol"
        case 503: "see the server's log: it is overloaded, starting, or switched to maintenance"
        case 504: "look at what is behind the proxy: it took longer than the proxy waits"
        default: "'curl -v URL' shows what the server says"
        }
    }
}
