import CPerfClients
import Glibc
import PerfLinux
import PerfModel

/// Asks one address of an HTTP server, and keeps the connection; through libcurl, which is opened on first use.
///
/// The system's proxies and ~/.netrc are not used: what is measured is the server that the URL names. Redirects are told
/// and not followed, cookies are not kept. One thread uses it at a time.
@safe package final class HTTPClient {
    package struct Options: Hashable, Sendable {
        /// Whether bodies may come in any encoding that libcurl knows, and are decoded.
        package var isDecoded = true
        /// Whether to keep what certificates say: ``HTTPResponse/certificateExpiry``.
        package var isInspected = false

        package init(isDecoded: Bool = true, isInspected: Bool = false) {
            self.isDecoded = isDecoded
            self.isInspected = isInspected
        }
    }

    package struct Limits: Hashable, Sendable {
        /// Bytes of the body that are kept.
        package var kept: Int
        /// Bytes of the body after which it is cut.
        package var most: Int
        /// Whether a stream of events is ended once its first event is whole.
        package var stopsAtEvent: Bool

        package init(kept: Int = 8 << 20, most: Int = 8 << 20, stopsAtEvent: Bool = false) {
            self.kept = kept
            self.most = most
            self.stopsAtEvent = stopsAtEvent
        }
    }

    package let address: HTTPAddress
    package let socket: SocketAddress
    /// Connections that were made.
    package private(set) var connectionCount = 0
    private let client: OpaquePointer

    /// Where a URL leads to: each address of its name, and how long it took to find them.
    ///
    /// - Parameters:
    ///   - address: what the URL says.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: at least one; nanoseconds.
    /// - Throws: why there is none.
    package static func sockets(
        of address: HTTPAddress, before deadline: UInt64
    ) throws(HTTPError) -> (sockets: [SocketAddress], resolution: UInt64) {
        let start = MonotonicClock.nanoseconds
        do throws(NameResolutionError) {
            let found = try SocketAddress.all(of: address.url.host, port: address.port, before: deadline)
            return (found, MonotonicClock.nanoseconds - start)
        } catch { throw .name(error) }
    }

    /// Does not connect yet: the first question does.
    ///
    /// - Parameters:
    ///   - socket: one of ``sockets(of:before:)``; no other one is asked.
    ///   - address: of the server.
    ///   - options: what is asked for.
    /// - Throws: when there is no libcurl.
    package init(
        to socket: SocketAddress, of address: HTTPAddress, options: Options = Options()
    ) throws(HTTPError) {
        self.address = address
        self.socket = socket
        let texts = [
            socket.bracketedHost, "\(ToolVersion.current.name)/\(ToolVersion.current.version)", address.url.user,
            address.url.password, address.authorities, address.authorityDirectory,
        ]
        // SAFETY: each strdup'd text lives until the call has ended, which copies them; the client is ours.
        let copies: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { text in
            guard let text else { return nil }
            return unsafe strdup(text)
        }
        defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
        guard let place = unsafe copies[0], let agent = unsafe copies[1] else { throw .noMemory }
        var settings = unsafe pd_http_options(
            address: place, agent: agent, user: copies[2], password: copies[3], ca_file: copies[4],
            ca_directory: copies[5], port: socket.port ?? 0, is_decoded: options.isDecoded ? 1 : 0,
            is_inspected: options.isInspected ? 1 : 0)
        var made: OpaquePointer?
        let status = unsafe pd_http_new(&settings, &made)
        guard let made = unsafe made else {
            switch status {
            case -ENOSYS: throw .noLibrary
            case -ENOEXEC: throw .oldLibrary
            default: throw .noMemory
            }
        }
        unsafe client = made
    }

    deinit {
        // SAFETY: nobody else has the client, and it is freed once.
        unsafe pd_http_free(client)
    }

    /// Asks with GET, and waits for the whole answer.
    ///
    /// A connection that the server has closed meanwhile is made anew. A stream of events is listened to until the
    /// deadline.
    ///
    /// - Parameters:
    ///   - target: path and query; those of the URL unless given.
    ///   - headers: further lines of the request.
    ///   - limits: of the body.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC; the call is over by then.
    /// - Returns: the answer, whatever its status.
    /// - Throws: why there is none.
    package func get(
        _ target: String? = nil, headers: [HTTPHeaders.Field] = [], limits: Limits = Limits(), before deadline: UInt64
    ) throws(HTTPError) -> HTTPResponse {
        let target = target ?? address.target
        for header in headers {
            // SAFETY: the client is open while the object lives, and the text is copied.
            guard unsafe pd_http_add_header(client, "\(header.name): \(header.value)") == 0 else { throw .noMemory }
        }
        let now = MonotonicClock.nanoseconds
        var outcome = pd_http_outcome()
        let text = address.text(of: target)
        let (client, timeout) = unsafe (client, Int64(clamping: deadline > now ? deadline - now : 0))
        // SAFETY: the text lives until the call has ended; the outcome is ours.
        let status = unsafe text.withCString { url -> Int32 in
            var request = unsafe pd_http_request(
                url: url, kept: UInt64(max(0, limits.kept)), limit: UInt64(max(0, limits.most)), timeout_ns: timeout,
                stops_at_event: limits.stopsAtEvent ? 1 : 0)
            return unsafe pd_http_get(client, &request, &outcome)
        }
        guard status == 0 else { throw .noMemory }
        connectionCount += Int(outcome.connections)
        return try response(outcome)
    }

    private func response(_ outcome: pd_http_outcome) throws(HTTPError) -> HTTPResponse {
        let (body, head) = (body, head)
        let cut: HTTPResponse.Cut?
        switch Int(outcome.cut) {
        case Int(PD_HTTP_BODY_TOO_LARGE): cut = .size
        case Int(PD_HTTP_TIME_OVER): cut = .time
        case Int(PD_HTTP_FIRST_EVENT): cut = .firstEvent
        case Int(PD_HTTP_HEADERS_TOO_LARGE): throw .tooManyHeaders(address: socket.description)
        case Int(PD_HTTP_NO_HTTP): throw HTTPError(noHTTP: body, at: socket.description)
        default: cut = nil
        }
        guard outcome.code == 0 || cut != nil else { throw HTTPError(outcome, of: address, at: socket.description) }
        // libcurl takes a head that breaks off for a whole one.
        guard Self.isWhole(head) else { throw .lost(address: socket.description, .body(0)) }
        let begun = UInt64(max(0, outcome.begun_at))
        let isReused = outcome.connections == 0
        let isTLS = address.isTLS
        // Zero is what did not happen, and a reused connection has no times of its own.
        let connected = isReused ? 0 : max(0, outcome.connected_ns)
        let secured = isReused ? 0 : max(connected, outcome.secured_ns)
        let first = max(secured, outcome.first_byte_ns)
        let ended = UInt64(max(outcome.begun_at, outcome.ended_at))
        let response = HTTPResponse(
            status: Int(outcome.status), version: Self.version(outcome.version), headers: HTTPHeaders(head: head),
            body: body, bodySize: outcome.body_size, cut: cut,
            phases: HTTPResponse.Phases(
                tcp: isReused ? nil : UInt64(connected),
                tls: isReused || !isTLS ? nil : UInt64(secured - connected), firstByte: UInt64(first - secured),
                transfer: UInt64(max(0, Int64(clamping: ended - begun) - first))),
            sentAt: begun, receivedAt: ended, isReused: isReused, peer: Self.text(outcome.peer),
            certificateExpiry: HTTPCertificate.expiry(Self.text(outcome.expiry)), pieces: pieces(begun),
            firstEvent: outcome.first_event_ns > 0 ? UInt64(outcome.first_event_ns) : nil)
        if !isTLS, response.status == 400, Self.wantsTLS(response) { throw HTTPError.speaksTLS(at: socket.description) }
        return response
    }

    /// Whether an empty line ends it.
    private static func isWhole(_ head: [UInt8]) -> Bool {
        var (isEmpty, lines) = (true, 0)
        for byte in head {
            if byte == UInt8(ascii: "\n") {
                if isEmpty, lines > 0 { return true }
                (isEmpty, lines) = (true, lines + 1)
            } else if byte != UInt8(ascii: "\r") {
                isEmpty = false
            }
        }
        return false
    }

    /// What nginx, Apache and Go say on a port of TLS to who speaks plain HTTP.
    private static func wantsTLS(_ response: HTTPResponse) -> Bool {
        let text = String(decoding: response.body.prefix(2048), as: UTF8.self).lowercased()
        return [
            "plain http request was sent to https port", "speaking plain http to an ssl-enabled server port",
            "sent an http request to an https server",
        ].contains { text.contains($0) }
    }

    private static func version(_ number: Int32) -> String {
        switch number {
        case 10: "1.0"
        case 20: "2"
        case 30: "3"
        default: "1.1"
        }
    }

    private var body: [UInt8] {
        var count = 0
        // SAFETY: the bytes are the client's until its next call, and are copied; there are as many as it says.
        guard let start = unsafe pd_http_body(client, &count), count > 0 else { return [] }
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    private var head: [UInt8] {
        var count = 0
        // SAFETY: as above.
        guard let start = unsafe pd_http_head(client, &count), count > 0 else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    private func pieces(_ begun: UInt64) -> [HTTPResponse.Piece] {
        var count = 0
        // SAFETY: as above.
        guard let start = unsafe pd_http_pieces(client, &count), count > 0 else { return [] }
        return unsafe UnsafeBufferPointer(start: start, count: count).map {
            HTTPResponse.Piece(end: Int(clamping: $0.end), receivedAt: max(begun, UInt64(max(0, $0.at))))
        }
    }

    /// A terminated text in a fixed place.
    static func text<Place>(_ place: Place) -> String {
        // SAFETY: the place is read as the bytes that it is.
        unsafe withUnsafeBytes(of: place) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
