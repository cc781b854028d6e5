import Glibc
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// Servers that are down, slow, or none.
@Suite("HTTP, faults", .serialized, .timeLimit(.minutes(15)), .enabled(if: HTTPLiveServer.isPossible, "see above"))
struct HTTPFaultTests {
    @Test("nobody listens, and a name that nobody has")
    func unreachable() throws {
        let refused = try HTTPLook.failure("http://me:hunter2@127.0.0.1:\(try HTTPFakeServer.freePort())/")
        #expect(refused.kind == .refused && !refused.description.contains("hunter2"), "\(refused)")
        let missing = #expect(throws: ProbeFailure.self) {
            try HTTPTarget.targets(of: ServerURL("https://no-such-host.invalid/"), before: HTTPLook.soon(3))
        }
        #expect(missing?.kind == .nameNotFound)
        let bad = #expect(throws: ProbeFailure.self) {
            try HTTPTarget.targets(of: ServerURL("http:///x"), before: HTTPLook.soon(1))
        }
        #expect(bad?.kind == .badURL && bad?.exitCode == .usage)
    }

    @Test("who takes connections and says nothing is given up in time, and told where it stood still")
    func silent() throws {
        let silent = try HTTPFakeServer { $0.wait() }
        let first = try HTTPLook.failure(silent.url, seconds: 0.3)
        #expect(first.kind == .timedOut && first.summary.contains("first byte"), "\(first)")
        let handshake = try HTTPLook.failure("https://127.0.0.1:\(silent.port)/", seconds: 0.5)
        #expect(handshake.kind == .timedOut && handshake.summary.contains("handshake"), "\(handshake)")
        let half = try HTTPFakeServer { client in
            guard client.question() != nil else { return }
            client.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            client.wait()
        }
        let middle = try HTTPLook.failure(half.url, seconds: 0.4)
        #expect(middle.kind == .timedOut && middle.summary.contains("after 4 B"), "\(middle)")
        let quiet = try HTTPFakeServer { client in
            guard client.question() != nil else { return }
            client.say("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n")
            client.wait()
        }
        let stream = try HTTPLook.failure(quiet.url, seconds: 0.4)
        #expect(stream.kind == .timedOut && stream.summary.contains("no event"), "\(stream)")
    }

    @Test("a network that swallows packets: the time limit holds, whatever the rate")
    func firewalled() throws {
        // A queue of one that is full drops what comes.
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: the address and its size are ours and outlive each call.
        let status = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0 && listen(descriptor, 0) == 0
                    ? unsafe getsockname(descriptor, address, &size) : -1
            }
        }
        try #require(status == 0)
        let port = UInt16(bigEndian: address.sin_port)
        let fillers = (0..<3).map { _ in
            socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        defer { for filler in fillers { close(filler) } }
        for filler in fillers {
            // SAFETY: as above.
            _ = unsafe withUnsafePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(filler, $0, size) }
            }
        }
        let failure = try HTTPLook.failure("http://127.0.0.1:\(port)/", seconds: 0.4)
        #expect(failure.kind == .timedOut && failure.summary.contains("connecting"), "\(failure)")
        let start = HTTPLook.soon(0)
        let look = try HTTPLook("http://127.0.0.1:\(port)/", count: 100, rate: 100, timeout: .milliseconds(300))
        #expect(look.measurement.sent == 100 && look.measurement.verdict == .failed)
        // 100 questions of 0.3 s each would be 30 s.
        #expect(HTTPLook.soon(0) - start < 15_000_000_000)
    }

    @Test(
        "what is no HTTP",
        arguments: [
            ("SSH-2.0-OpenSSH_9.2\r\n", ProbeFailure.Kind.garbage, "SSH"),
            ("-ERR unknown command\r\n", .garbage, "Redis"),
            ("220 mail ESMTP\r\n", .garbage, "mail"), ("\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{28}", .tls, "TLS"),
            ("\u{0}\u{0}\u{12}\u{4}", .garbage, "HTTP/2"), ("hello", .garbage, "another kind"), ("", .lost, "ended"),
            ("HTTP/1.1 200 OK\r\nContent-Len", .lost, "ended"),
            ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nok", .garbage, "Content-Length"),
        ])
    func garbage(answer: String, kind: ProbeFailure.Kind, word: String) throws {
        let server = try HTTPFakeServer { client in
            guard client.question() != nil else { return }
            client.say(answer)
        }
        let failure = try HTTPLook.failure(server.url)
        #expect(failure.kind == kind && failure.summary.contains(word), "\(failure)")
    }

    @Test("headers and interim answers without end are given up")
    func headers() throws {
        let endless = try HTTPFakeServer { client in
            guard client.question() != nil else { return }
            client.say("HTTP/1.1 200 OK\r\n")
            while client.say("X-Header: \(String(repeating: "x", count: 1000))\r\n") {}
        }
        let failure = try HTTPLook.failure(endless.url)
        #expect(failure.kind == .garbage && failure.summary.contains("headers without end"), "\(failure)")
        let interim = try HTTPFakeServer { client in
            guard client.question() != nil else { return }
            while client.say("HTTP/1.1 100 Continue\r\n\r\n") {}
        }
        #expect(try HTTPLook.failure(interim.url).kind == .garbage)
    }

    @Test("a server that says our password back is not quoted")
    func echo() throws {
        let server = try HTTPFakeServer { client in
            while let question = client.question() {
                let isKnown = question.contains("Authorization: Basic bWU6aHVudGVyMg==")
                client.answer(isKnown ? "200 OK" : "401 Unauthorized", ["Server: hunter2\u{1B}[31m", "Via: hunter2"])
            }
        }
        let look = try HTTPLook("http://me:hunter2@127.0.0.1:\(server.port)/", count: 5)
        #expect(look.measurement.received == 5 && !look.text.contains("hunter2") && !look.text.contains("\u{1B}"))
        #expect(look.measurement.url.contains("me:***@"))
    }

    @Test("a connection that the server closed in silence is made anew, and one that is half open costs one timeout")
    func keepAlive() throws {
        let closing = try HTTPFakeServer { client in
            guard client.question() != nil else { return }
            client.answer("200 OK")
        }
        let look = try HTTPLook(closing.url, count: 10, rate: 50)
        #expect(look.measurement.received == 10 && look.measurement.connections >= 10, "\(look.text)")
        #expect(look.findings("http.keepalive").count == 1)
        let halfOpen = try HTTPFakeServer { client in
            var count = 0
            while client.question() != nil {
                count += 1
                // The first two clients are never answered again after a while.
                if client.number < 2, count > 4 { return client.wait() }
                client.answer("200 OK")
            }
        }
        let half = try HTTPLook(halfOpen.url, count: 20, rate: 20, timeout: .milliseconds(300))
        #expect(
            half.measurement.received > 0 && half.measurement.failures.first?.failure.kind == .timedOut, "\(half.text)")
    }

    @Test("what waits before the application is told apart from it")
    func split() throws {
        let server = try HTTPFakeServer { client in
            while client.question() != nil {
                usleep(80_000)
                client.answer("200 OK", ["X-Response-Time: 2.50ms"])
            }
        }
        let look = try HTTPLook(server.url, count: 5, rate: 5)
        let finding = try #require(look.findings("http.split").first)
        #expect(finding.evidence.first.map { $0.value >= 70 } == true && finding.summary.contains("X-Response-Time"))
    }
}
