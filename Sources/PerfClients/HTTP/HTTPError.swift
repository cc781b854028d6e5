import CPerfClients
import Glibc
import PerfLinux
import PerfModel

/// Why an HTTP server gives no answer.
///
/// No text of it has a password.
package enum HTTPError: UserFacingError, Hashable {
    case noLibrary
    case oldLibrary
    case noMemory
    case badURL(url: String, problem: String)
    case name(NameResolutionError)
    /// Nobody listens there.
    case refused(address: String)
    case unreachable(address: String, reason: String)
    case noAnswer(address: String, Stage)
    /// The other side ended the connection.
    case lost(address: String, Stage)
    case tls(address: String, TLSProblem, reason: String)
    /// What came is no HTTP; `guess` is what it may be.
    case garbage(address: String, guess: String)
    case tooManyHeaders(address: String)
    /// All else that libcurl says.
    case failed(address: String, reason: String)

    /// How far it had come.
    package enum Stage: Hashable, Sendable {
        case connecting
        case handshake
        case firstByte
        /// In the middle of the answer, after so many bytes of the body.
        case body(UInt64)

        var words: String {
            switch self {
            case .connecting: "connecting"
            case .handshake: "the handshake of TLS"
            case .firstByte: "the answer's first byte"
            case .body(let count):
                "the rest of the answer, after \(Quantity.text(Int64(clamping: count), unit: "bytes"))"
            }
        }
    }

    package enum TLSProblem: Hashable, Sendable {
        case unknownAuthority
        case expired
        case notYetValid
        case wrongName
        /// Plain HTTP was spoken to a port of TLS.
        case speaksTLS
        /// TLS was spoken to a port of something else.
        case speaksNoTLS
        /// A file of authorities that cannot be read.
        case badFile
        case wantsCertificate
        case other
    }

    /// The answer to plain HTTP on a port of TLS.
    package static func speaksTLS(at place: String) -> HTTPError {
        .tls(address: place, .speaksTLS, reason: "the port speaks TLS, and the URL says http://")
    }

    /// What bytes that are no HTTP may be.
    init(noHTTP bytes: [UInt8], at place: String) {
        // The first bytes of an alert.
        if bytes.starts(with: [0x15, 0x03]) {
            self = .speaksTLS(at: place)
            return
        }
        let text = String(decoding: bytes.prefix(40), as: UTF8.self)
        let guess: String
        switch true {
        case text.hasPrefix("SSH-"): guess = "an SSH server"
        case text.hasPrefix("-ERR") || text.hasPrefix("+OK") || text.hasPrefix("+PONG"): guess = "Redis or POP3"
        case text.hasPrefix("220"): guess = "a mail or FTP server"
        case bytes.starts(with: [UInt8(ascii: "E"), 0]): guess = "PostgreSQL"
        case bytes.starts(with: [0, 0]): guess = "HTTP/2 without TLS, or another binary protocol"
        default: guess = "another kind of server"
        }
        self = .garbage(address: place, guess: guess)
    }

    /// What libcurl could not do.
    init(_ outcome: pd_http_outcome, of address: HTTPAddress, at place: String) {
        let reason = address.url.redacted(HTTPClient.text(outcome.message)).printable
        let stage = Self.stage(outcome, isTLS: address.isTLS)
        // Numbers of curl.h.
        switch outcome.code {
        case 6: self = .name(.notFound(host: address.url.host))
        case 7: self = Self.refusal(outcome, place, reason)
        case 28: self = .noAnswer(address: place, stage)
        case 35, 53, 54, 58, 59, 60, 66, 77, 83, 90, 91, 98: self = Self.tls(outcome, place, reason)
        case 52: self = .lost(address: place, .firstByte)
        case 18, 55, 56, 92:
            // A certificate that is missed is told after the handshake in TLS 1.3.
            self = reason.contains("alert") ? Self.tls(outcome, place, reason) : .lost(address: place, stage)
        case 1, 8: self = .garbage(address: place, guess: "another kind of server (\(reason))")
        default: self = .failed(address: place, reason: reason)
        }
    }

    private static func stage(_ outcome: pd_http_outcome, isTLS: Bool) -> Stage {
        if outcome.status > 0 || outcome.body_size > 0 { return .body(outcome.body_size) }
        if outcome.ready_ns > 0 || (!isTLS && outcome.is_connected != 0) { return .firstByte }
        return outcome.is_connected != 0 ? .handshake : .connecting
    }

    private static func refusal(_ outcome: pd_http_outcome, _ place: String, _ reason: String) -> HTTPError {
        switch outcome.system_error {
        case ECONNREFUSED: .refused(address: place)
        case ETIMEDOUT: .noAnswer(address: place, .connecting)
        case 0: .unreachable(address: place, reason: reason)
        default: .unreachable(address: place, reason: SystemCallError.text(of: outcome.system_error))
        }
    }

    private static func tls(_ outcome: pd_http_outcome, _ place: String, _ reason: String) -> HTTPError {
        let text = reason.lowercased()
        func has(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        let problem: TLSProblem
        // Words of OpenSSL, and of GnuTLS.
        if outcome.code == 77 || outcome.code == 58 {
            problem = .badFile
        } else if outcome.verification == 10 || has("has expired", "certificate expired") {
            problem = .expired
        } else if outcome.verification == 9 || has("not yet valid", "not yet activated") {
            problem = .notYetValid
        } else if has("no alternative certificate subject name", "does not match target host", "hostname mismatch") {
            problem = .wrongName
        } else if (18...21).contains(outcome.verification) || outcome.verification == 2
            || has("self-signed", "self signed", "unable to get", "issuer", "signer not found")
        {
            problem = .unknownAuthority
        } else if has("wrong version number", "unexpected tls packet", "packet length too long", "http request") {
            problem = .speaksNoTLS
        } else if has("certificate required", "bad certificate", "alert certificate", "alert number 116") {
            problem = .wantsCertificate
        } else {
            problem = .other
        }
        return .tls(address: place, problem, reason: reason)
    }

    package var summary: String {
        switch self {
        case .noLibrary: "libcurl, the client library of HTTP, is not installed"
        case .oldLibrary: "the libcurl of this host is too old"
        case .noMemory: "there is no memory for HTTP"
        case .badURL(let url, let problem): "\(url): \(problem)"
        case .name(let error): error.summary
        case .refused(let address): "\(address) refuses connections: nobody listens there"
        case .unreachable(let address, let reason): "there is no way to \(address): \(reason)"
        case .noAnswer(let address, let stage): "\(address) does not answer in time: no end of \(stage.words)"
        case .lost(let address, let stage): "\(address) ended the connection before \(stage.words)"
        case .tls(let address, let problem, let reason): "TLS with \(address): \(Self.words(problem, reason))"
        case .garbage(let address, let guess): "\(address) does not speak HTTP: it may be \(guess)"
        case .tooManyHeaders(let address): "\(address) sends headers without end: more than 256 KiB"
        case .failed(let address, let reason): "\(address): \(reason)"
        }
    }

    /// In the summary of ``TLSProblem/expired``.
    package static let expiredWords = "the certificate has expired"

    private static func words(_ problem: TLSProblem, _ reason: String) -> String {
        switch problem {
        case .unknownAuthority: "nobody whom this host trusts vouches for the certificate (\(reason))"
        case .expired: "\(expiredWords) (\(reason))"
        case .notYetValid: "the certificate is not valid yet (\(reason))"
        case .wrongName: "the certificate is another host's (\(reason))"
        case .speaksTLS: reason
        case .speaksNoTLS: "the port does not speak it (\(reason))"
        case .badFile: "a file of certificates cannot be used (\(reason))"
        case .wantsCertificate: "the server wants a certificate of its client (\(reason))"
        case .other: reason
        }
    }

    package var remedy: String? {
        switch self {
        case .noLibrary: "apt-get install libcurl4"
        case .oldLibrary: "install libcurl 7.49 or newer: apt-get install libcurl4"
        case .noMemory: nil
        case .badURL: "write https://host/path"
        case .name(let error): error.remedy
        case .refused: "start the server, or correct host and port: 'curl -v URL' asks the same"
        case .unreachable: "look at the routes and the firewall: ip route get ADDRESS"
        case .noAnswer(_, .connecting):
            "a firewall may drop packets, or the server's backlog is full; longer: --timeout 30"
        case .noAnswer(_, .handshake):
            "the port may not speak TLS: http:// then; or the server is stuck; longer: --timeout 30"
        case .noAnswer: "look at what the server waits for; longer: --timeout 30"
        case .lost(_, .firstByte): "see the server's log: it crashed, or takes no more connections"
        case .lost: "see the server's log, and the limits of proxies between (timeouts, sizes)"
        case .tls(_, let problem, _): Self.remedy(problem)
        case .garbage: "correct the port, or the scheme of the URL"
        case .tooManyHeaders: "look at it with 'curl -sI URL | head'"
        case .failed: "'curl -v URL' asks the same, and shows more"
        }
    }

    private static func remedy(_ problem: TLSProblem) -> String {
        switch problem {
        case .unknownAuthority:
            "CURL_CA_BUNDLE=FILE names its authority, as for curl; a server has to send the certificates in between as well"
        case .expired: "renew it, and reload the server: a renewed file alone changes nothing"
        case .notYetValid: "compare the clocks of both hosts"
        case .wrongName: "ask by the name that is in it, or have a certificate made for this one"
        case .speaksTLS: "write https://"
        case .speaksNoTLS: "write http://, or correct the port"
        case .badFile: "correct CURL_CA_BUNDLE, SSL_CERT_FILE or SSL_CERT_DIR: PEM"
        case .wantsCertificate: "probe another port: certificates of clients are not supported"
        case .other: "'openssl s_client -connect HOST:PORT -servername HOST' shows the handshake"
        }
    }

    package var exitCode: ExitCode {
        guard case .badURL = self else { return .failure }
        return .usage
    }
}
