import PerfModel
import Testing

@testable import PerfClients

/// What needs no server.
@Suite("HTTP client")
struct HTTPClientTests {
    @Test("authorities of certificates come from the variables of curl")
    func authorities() throws {
        func address(_ variables: [String: String]) throws -> HTTPAddress {
            try HTTPAddress(ServerURL("https://host"), environment: { variables[$0] })
        }
        #expect(try address([:]).authorities == nil && address([:]).port == 443)
        let bundle = try address(["CURL_CA_BUNDLE": "/a", "SSL_CERT_FILE": "/b", "SSL_CERT_DIR": "/c"])
        #expect(bundle.authorities == "/a" && bundle.authorityDirectory == nil)
        let file = try address(["SSL_CERT_FILE": "/b", "SSL_CERT_DIR": "/c", "CURL_CA_BUNDLE": ""])
        #expect(file.authorities == "/b" && file.authorityDirectory == "/c")
    }

    @Test("every error says what to do, and ends the program as it should")
    func errors() {
        let place = "10.0.0.5:443"
        let all: [HTTPError] = [
            .noLibrary, .oldLibrary, .badURL(url: "http://", problem: "it names no host"),
            .name(.notFound(host: "x")), .refused(address: place), .unreachable(address: place, reason: "No route"),
            .noAnswer(address: place, .connecting), .noAnswer(address: place, .handshake),
            .noAnswer(address: place, .firstByte), .noAnswer(address: place, .body(7)), .lost(address: place, .body(7)),
            .lost(address: place, .firstByte), .garbage(address: place, guess: "an SSH server"),
            .tooManyHeaders(address: place), .failed(address: place, reason: "odd"), .speaksTLS(at: place),
            .tls(address: place, .unknownAuthority, reason: "r"), .tls(address: place, .expired, reason: "r"),
            .tls(address: place, .notYetValid, reason: "r"), .tls(address: place, .wrongName, reason: "r"),
            .tls(address: place, .speaksNoTLS, reason: "r"), .tls(address: place, .badFile, reason: "r"),
            .tls(address: place, .wantsCertificate, reason: "r"), .tls(address: place, .other, reason: "r"),
        ]
        for error in all {
            #expect(error.remedy?.isEmpty == false && !error.summary.isEmpty, "\(error)")
            let isUsage = if case .badURL = error { true } else { false }
            #expect((error.exitCode == .usage) == isUsage)
        }
        #expect(
            HTTPError.lost(address: place, .body(7)).summary
                == "10.0.0.5:443 ended the connection before the rest of the answer, after 7 B")
        #expect(HTTPError.tls(address: place, .expired, reason: "r").summary.contains(HTTPError.expiredWords))
    }

    @Test("an unusual URL is what curl would ask for")
    func targets() throws {
        let address = try HTTPAddress(ServerURL("http://[::1]:8080/a%20b?x=%7B"), environment: { _ in nil })
        #expect(address.target == "/a%20b?x=%7B" && address.text(of: "/x") == "http://[::1]:8080/x")
        #expect(try HTTPAddress(ServerURL("metrics+https://host"), environment: { _ in nil }).isTLS)
    }
}
