import PerfModel
import Testing

@testable import PerfProbes

extension HTTPLiveTests {
    @Test("a new client that waits for the handshake is found, with what it waited for; one that does not is not")
    func slowHandshake() throws {
        let server = try HTTPLiveServer()
        let relay = try SlowRelay.server(to: server.tls, holding: 500_000, isFirstOnly: true)
        let slow = try HTTPLook(
            "https://127.0.0.1:\(relay.port)/h3", count: 3, rate: 10, timeout: .seconds(10),
            environment: server.environment)
        let finding = try #require(slow.findings("http.connect").first, "\(slow.report)")
        #expect(finding.severity == .warning || finding.severity == .critical)
        #expect(finding.summary.contains("for TLS"), "\(finding.summary)")
        let tls = try #require(finding.evidence.first { $0.name == "tls" }?.value)
        #expect(tls >= 500, "\(finding.evidence)")
        let through = try SlowRelay.server(to: server.tls, holding: 0)
        let quick = try HTTPLook(
            "https://127.0.0.1:\(through.port)/h3", count: 3, rate: 10, environment: server.environment)
        #expect(quick.isHealthy("http.connect"), "\(quick.report)")
    }

    @Test("a cache between that keeps nothing of what it may is found; one that answers is not")
    func uselessCache() throws {
        func look(_ answer: @escaping @Sendable (Int) -> [String]) throws -> HTTPLook {
            let server = try HTTPFakeServer { client in
                var number = 0
                while client.question() != nil {
                    client.answer("200 OK", ["Content-Type: text/css"] + answer(number), "a { color: red }")
                    number += 1
                }
            }
            return try HTTPLook("http://127.0.0.1:\(server.port)/app.css", count: 3, rate: 20)
        }
        let useless = try look { _ in ["Cache-Control: public, max-age=3600", "Via: 1.1 cdn", "X-Cache: MISS"] }
        #expect(useless.findings("http.cdn").map(\.severity) == [.warning], "\(useless.report)")
        #expect(
            useless.findings("http.cdn").first?.summary.contains("X-Cache: MISS") == true
                || useless.findings("http.cdn").first?.summary.contains("x-cache: MISS") == true)
        let useful = try look { number in
            ["Cache-Control: public, max-age=3600", "Via: 1.1 cdn", "X-Cache: HIT", "Age: \(number + 5)"]
        }
        #expect(useful.isHealthy("http.cdn"), "\(useful.report)")
        // Nothing shows that there is one.
        let none = try look { _ in ["Cache-Control: public, max-age=3600"] }
        #expect(none.findings("http.cdn").map(\.severity) == [.info], "\(none.report)")
    }
}
