import FoundationEssentials
import Glibc
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// Real answers of nginx, and of a server behind it.
@Suite("HTTP, live", .serialized, .timeLimit(.minutes(15)), .enabled(if: HTTPLiveServer.isPossible, "see above"))
struct HTTPLiveTests {
    @Test("plain HTTP: one connection for all answers, phases, and text that nobody packs")
    func plain() throws {
        let server = try HTTPLiveServer()
        let look = try HTTPLook("http://127.0.0.1:\(server.plain)/page.html?token=hunter2")
        let found = look.measurement
        #expect(found.received == 30 && found.sent == 30 && found.connections == 1, "\(look.text)")
        #expect(
            found.connecting.map(\.name) == ["tcp"] && found.phases.map(\.name) == ["first_byte", "transfer"])
        #expect(found.method == "GET" && found.address == "127.0.0.1:\(server.plain)")
        #expect(look.findings("http.compression").count == 1 && look.isHealthy("http.keepalive"), "\(look.report)")
        #expect(look.isHealthy("http.latency") && look.isHealthy("http.errors") && look.isHealthy("http.redirect"))
        #expect(look.reason("http.split")?.contains("no answer says") == true)
        #expect(look.fact("protocol") == "HTTP/1.1" && look.fact("server")?.hasPrefix("nginx") == true)
        #expect(!look.text.contains("hunter2") && look.text.contains("token=***"))
        let packed = try HTTPLook("http://127.0.0.1:\(server.plain)/packed")
        #expect(packed.isHealthy("http.compression") && packed.fact("encoding") == "gzip")
        let closing = try HTTPLook("http://127.0.0.1:\(server.plain)/close")
        #expect(closing.findings("http.keepalive").count == 1 && closing.measurement.connections >= 30)
        #expect(closing.measurement.phases.map(\.name).contains("tcp"))
        let big = try HTTPLook("http://127.0.0.1:\(server.plain)/big.json", count: 5, rate: 20)
        #expect(big.findings("http.body").count == 1 && big.findings("http.compression").count == 1)
    }

    @Test("TLS: HTTP/2, the certificate's end, HTTP/3 that is advertised or not")
    func tls() throws {
        let server = try HTTPLiveServer()
        let look = try HTTPLook("https://127.0.0.1:\(server.tls)/h3", environment: server.environment)
        #expect(look.measurement.received == 30 && look.measurement.connections == 1, "\(look.text)")
        #expect(look.measurement.connecting.map(\.name) == ["tcp", "tls"])
        #expect(look.measurement.connecting.allSatisfy { $0.nanoseconds > 0 })
        #expect(look.fact("protocol") == "HTTP/2" && look.isHealthy("http.alpn") && look.isHealthy("http.altsvc"))
        // It is valid for ten days: too few, and not yet an emergency.
        let ending = look.findings("http.tls").first
        #expect(ending?.severity == .warning && ending?.evidence.first.map { $0.value > 9 && $0.value <= 10 } == true)
        #expect(look.isHealthy("http.split") && look.fact("server_time") == "Server-Timing", "\(look.report)")
        let old = try HTTPLook("https://localhost:\(server.old)/app.js", environment: server.environment)
        #expect(old.measurement.connecting.map(\.name) == ["dns", "tcp", "tls"])
        #expect(old.findings("http.alpn").count == 1 && old.findings("http.altsvc").count == 1)
        #expect(old.isHealthy("http.cache") && old.isHealthy("http.compression"), "\(old.report)")
    }

    @Test("certificates that are not to be trusted, and ports that speak otherwise")
    func trust() throws {
        let server = try HTTPLiveServer()
        func failure(_ url: String, _ environment: [String: String]) throws -> ProbeFailure {
            try HTTPLook.failure(url, environment: environment)
        }
        let unknown = try failure("https://me:hunter2@localhost:\(server.tls)/", [:])
        #expect(unknown.kind == .tls && unknown.summary.contains("nobody whom this host trusts"), "\(unknown)")
        #expect(unknown.remedy?.contains("CURL_CA_BUNDLE") == true && !unknown.description.contains("hunter2"))
        let name = try failure("https://localhost:\(server.foreign)/", server.environment)
        #expect(name.kind == .tls && name.summary.contains("another host's"), "\(name)")
        let expired = try failure("https://localhost:\(server.expired)/", server.environment)
        #expect(expired.kind == .tls && expired.summary.contains("has expired"), "\(expired)")
        let target = try #require(
            try HTTPTarget.targets(
                of: ServerURL("https://localhost:\(server.expired)/"), environment: { _ in nil },
                before: HTTPLook.soon(2)
            ).first)
        #expect(target.findings(of: expired).map(\.id) == ["http.tls"] && target.findings(of: name).isEmpty)
        let speaksTLS = try failure("http://localhost:\(server.tls)/", [:])
        #expect(speaksTLS.kind == .tls && speaksTLS.remedy == "write https://", "\(speaksTLS)")
        let plain = try failure("https://localhost:\(server.plain)/", server.environment)
        #expect(plain.kind == .tls && plain.summary.contains("does not speak it"), "\(plain)")
        let noFile = try failure("https://localhost:\(server.tls)/", ["SSL_CERT_FILE": "/no/such/file"])
        #expect(noFile.kind == .tls && noFile.remedy?.contains("SSL_CERT_FILE") == true, "\(noFile)")
    }

    @Test(
        "a status that says no",
        arguments: [
            ("401", ProbeFailure.Kind.authentication), ("403", .denied), ("404", .errorAnswer),
            ("429", .tooManyClients),
            ("500", .errorAnswer), ("503", .notReady),
        ])
    func statuses(path: String, kind: ProbeFailure.Kind) throws {
        let server = try HTTPLiveServer()
        let look = try HTTPLook("http://127.0.0.1:\(server.plain)/\(path)")
        #expect(look.measurement.verdict == .failed && look.measurement.received == 0)
        let failure = try #require(look.measurement.failures.first)
        #expect(failure.count == 30 && failure.failure.kind == kind && failure.failure.summary.contains(path))
        #expect(failure.failure.remedy != nil && look.measurement.connections == 1)
        #expect(look.findings("http.errors").isEmpty == !path.hasPrefix("5"))
        #expect(look.findings("http.ratelimit").isEmpty == (path != "429"))
        #expect(look.reason("http.compression")?.contains(path) == true)
    }

    @Test("redirects are told and not followed, loops are found, secrets in them are not shown")
    func redirects() throws {
        let server = try HTTPLiveServer()
        let base = "http://127.0.0.1:\(server.plain)"
        let loop = try HTTPLook("\(base)/loop", count: 3)
        #expect(loop.findings("http.redirect").map(\.severity) == [.critical], "\(loop.report)")
        let moved = try HTTPLook("\(base)/moved", count: 3)
        let finding = try #require(moved.findings("http.redirect").first)
        #expect(finding.severity == .warning && finding.summary.contains("/small.json"), "\(finding)")
        #expect(moved.measurement.received == 3)
        let away = try HTTPLook("\(base)/away", count: 3)
        #expect(away.findings("http.redirect").first?.summary.contains("https://elsewhere.invalid/") == true)
        #expect(!away.text.contains("hunter2"))
    }

    @Test("an answer without end is cut, and told")
    func huge() throws {
        let server = try HTTPLiveServer()
        let failure = try HTTPLook.failure("http://127.0.0.1:\(server.plain)/huge.bin", seconds: 10)
        #expect(failure.kind == .errorAnswer && failure.summary.contains("more than 16.0 MiB"), "\(failure)")
    }

    @Test("a stream of events comes one by one, and in one piece through a proxy that buffers")
    func stream() throws {
        let source = try HTTPFakeServer { client in
            while client.question() != nil {
                client.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
                for index in 0..<6 {
                    guard client.say("data: \(index)\n\n") else { return }
                    usleep(60_000)
                }
                return
            }
        }
        let server = try HTTPLiveServer(upstream: source.port)
        let direct = try HTTPLook(source.url, count: 4, rate: 10)
        #expect(direct.isHealthy("http.stream"), "\(direct.report)")
        #expect(direct.measurement.phases.map(\.name).contains("first_event") && direct.measurement.received == 4)
        #expect(direct.fact("stream")?.hasPrefix("6 events") == true && direct.reason("http.keepalive") == nil)
        let passed = try HTTPLook("https://localhost:\(server.tls)/proxied", count: 2, environment: server.environment)
        #expect(passed.isHealthy("http.stream"), "\(passed.report)")
        let buffered = try HTTPLook("http://127.0.0.1:\(server.plain)/buffered", count: 2)
        #expect(
            buffered.findings("http.stream").first?.summary.contains("in one piece") == true, "\(buffered.report)")
    }

    @Test("the server goes away and comes back: lost questions, and a connection that is made anew")
    func failover() throws {
        // Answers five questions of each client, then breaks off in the middle of an answer.
        let server = try HTTPFakeServer { client in
            for _ in 0..<5 {
                guard client.question() != nil else { return }
                client.answer("200 OK")
            }
            guard client.question() != nil else { return }
            client.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        }
        let look = try HTTPLook(server.url, count: 24, rate: 100)
        let found = look.measurement
        #expect(
            found.received >= 19 && found.received < 24 && [.slow, .invalid].contains(found.verdict), "\(look.text)")
        #expect(found.failures.first?.failure.kind == .lost && found.connections >= 3)
        #expect(found.failures.first?.failure.summary.contains("after 4 B") == true, "\(found.failures)")
    }
}
