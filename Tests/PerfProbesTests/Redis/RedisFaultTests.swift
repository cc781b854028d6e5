import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// Servers that are down, slow, in another state, or none.
@Suite("Redis, faults", .serialized, .timeLimit(.minutes(15)), .enabled(if: RedisLiveServer.isPossible, "see above"))
struct RedisFaultTests {
    private func target(_ url: String) throws -> any ProbeTarget {
        try #require(
            try RedisTarget.targets(of: ServerURL(url), environment: { _ in nil }, before: RedisLook.soon(5)).first)
    }

    /// The failure to connect and ask once.
    private func failure(_ url: String, seconds: Double = 1) throws -> ProbeFailure {
        let target = try target(url)
        let failure = #expect(throws: ProbeFailure.self) {
            _ = try target.connect(before: RedisLook.soon(seconds)).ask(before: RedisLook.soon(seconds))
        }
        return try #require(failure)
    }

    @Test("nobody listens: refused, and a socket that is not there")
    func refused() throws {
        let port = try RedisLiveServer.freePort()
        let refused = try failure("redis://:hunter2@127.0.0.1:\(port)")
        #expect(refused.kind == .refused && refused.summary.contains("127.0.0.1:\(port)"))
        #expect(!refused.description.contains("hunter2"))
        let missing = try failure("redis+unix:///tmp/perfdoctor-no-such-socket")
        #expect(missing.kind == .unreachable && missing.summary.contains("No such file"))
    }

    @Test("a server that takes connections and says nothing is given up in time")
    func silent() throws {
        let server = try RedisFakeServer()
        let failure = try failure("redis://127.0.0.1:\(server.port)", seconds: 0.3)
        #expect(failure.kind == .timedOut && failure.summary.contains("PING"))
        let handshake = try self.failure("rediss://127.0.0.1:\(server.port)", seconds: 0.5)
        #expect(handshake.kind == .timedOut && handshake.summary.contains("TLS"))
    }

    @Test(
        "who stalls in the middle of an answer is given up in time",
        arguments: ["+PO", "$100\r\nabc", "*3\r\n:1\r\n", "-ERR x"])
    func stalls(answer: String) throws {
        let server = try RedisFakeServer()
        let thread = server.answer(Array(answer.utf8), hangsUp: false)
        let failure = try failure("redis://127.0.0.1:\(server.port)", seconds: 0.3)
        #expect(failure.kind == .timedOut && !failure.isConnectionUsable)
        thread.join()
    }

    @Test(
        "another kind of server is no Redis",
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", ProbeFailure.Kind.garbage), ("\u{0}\u{0}\u{0}", .garbage),
            ("*2147483647\r\n", .garbage), ("*99999999999999\r\n", .garbage), ("$-5\r\n", .garbage),
            ("+PONG\r\n+PONG\r\n", .garbage), ("+HELLO\r\n", .garbage), (":1\r\n", .garbage), ("", .lost),
            ("+PON", .lost), ("\u{15}\u{3}\u{1}\u{0}\u{2}\u{2}\u{28}", .tls),
            ("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n+x\r\n", .garbage),
            ("-ERR max number of clients reached\r\n", .tooManyClients),
            ("-LOADING Redis is loading the dataset in memory\r\n", .notReady),
            ("-MASTERDOWN Link with MASTER is down\r\n", .notReady),
            ("-NOPERM this user has no permissions\r\n", .denied),
            ("-DENIED Redis is running in protected mode\r\n", .denied),
            ("-BUSY Redis is busy running a script\r\n", .errorAnswer),
            ("-MISCONF Redis is configured to save RDB snapshots\r\n", .errorAnswer),
            ("-CLUSTERDOWN The cluster is down\r\n", .errorAnswer),
        ])
    func answers(answer: String, kind: ProbeFailure.Kind) throws {
        let server = try RedisFakeServer()
        let thread = server.answer(Array(answer.utf8), hangsUp: true)
        let failure = try failure("redis://127.0.0.1:\(server.port)", seconds: 2)
        #expect(failure.kind == kind, "\(failure)")
        thread.join()
    }

    @Test("a server that says our password back is not quoted")
    func echo() throws {
        let server = try RedisFakeServer()
        let thread = server.answer(Array("-ERR no hunter2 here\r\n".utf8), hangsUp: true)
        let failure = try failure("redis://:hunter2@127.0.0.1:\(server.port)")
        #expect(failure.kind == .authentication && !failure.description.contains("hunter2"), "\(failure)")
        thread.join()
    }

    @Test("a name without addresses, and one with several")
    func names() throws {
        let failure = #expect(throws: ProbeFailure.self) {
            try RedisTarget.targets(of: ServerURL("redis://no-such-host.invalid"), before: RedisLook.soon(3))
        }
        #expect(failure?.kind == .nameNotFound)
        let addresses = try RedisTarget.targets(of: ServerURL("redis://localhost:7777"), before: RedisLook.soon(3))
        #expect(addresses.allSatisfy { $0.address.hasSuffix(":7777") && $0.url == "redis://localhost:7777" })
        #expect(try target("redis://[::1]").address == "[::1]:6379")
    }

    @Test(
        "a URL that says too little",
        arguments: ["redis:///0", "redis://host/x", "redis+unix://", "redis://host/-1", "redis://user@host"])
    func badURLs(url: String) throws {
        let failure = #expect(throws: ProbeFailure.self) {
            try RedisTarget.targets(of: ServerURL(url), environment: { _ in nil }, before: RedisLook.soon(1))
        }
        #expect(failure?.kind == .badURL && failure?.exitCode == .usage)
    }

    /// A prober, once the server listens.
    private func settled(_ url: String) throws -> any Prober {
        let target = try target(url)
        for _ in 0..<300 {
            if case .success(let prober) = Result(catching: { try target.connect(before: RedisLook.soon(1)) }) {
                return prober
            }
            usleep(20_000)
        }
        return try target.connect(before: RedisLook.soon(1))
    }

    @Test("a server that ends in the middle of a probe, and comes back, is seen as another one")
    func failover() throws {
        let directory = try RedisLiveServer.newDirectory()
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: directory) } }
        let url = "redis+unix://\(directory)/s"
        var server: RedisLiveServer? = try RedisLiveServer(["--unixsocket", directory + "/s"], isAwaited: false)
        let prober = try settled(url)
        _ = try prober.ask(before: RedisLook.soon(2))
        let observer = try #require(try target(url).observer())
        try observer.begin(before: RedisLook.soon(2))
        #expect(server != nil)
        server = nil
        let lost = #expect(throws: ProbeFailure.self) { try prober.ask(before: RedisLook.soon(2)) }
        #expect(lost?.kind == .lost)
        observer.look(before: RedisLook.soon(1))
        server = try RedisLiveServer(["--unixsocket", directory + "/s"], isAwaited: false)
        _ = try settled(url)
        let report = observer.finish(
            before: RedisLook.soon(5), client: ClientLatency(median: 1, p99: 1, count: 1, network: nil), thresholds: [:]
        )
        #expect(report.unmeasured.contains { $0.id == "rd.evict" && $0.reason.contains("restarted") }, "\(report)")
        #expect(report.facts.contains { $0.name == "version" })
    }

    @Test("a server that stops in the middle of a probe costs no more than it is given")
    func halfOpen() throws {
        let server = try RedisLiveServer()
        let prober = try target(server.url()).connect(before: RedisLook.soon(2))
        let pid = try #require(
            try server.run("INFO", "server").text.flatMap { RedisInfo($0).number("process_id") }.map { Int32($0) })
        kill(pid, SIGSTOP)
        defer { kill(pid, SIGCONT) }
        let start = MonotonicClock.nanoseconds
        let failure = #expect(throws: ProbeFailure.self) { try prober.ask(before: start + 200_000_000) }
        #expect(failure?.kind == .timedOut)
        let again = #expect(throws: ProbeFailure.self) { try prober.ask(before: RedisLook.soon(1)) }
        #expect(again?.kind == .lost)
    }

    @Test("a server that loads its data answers, and that is a finding")
    func loading() throws {
        let directory = try RedisLiveServer.newDirectory()
        do {
            let first = try RedisLiveServer(["--dbfilename", "d.rdb"])
            for index in 0..<3000 { try first.run("SET", "key:\(index)", "v") }
            try first.run("SAVE")
            try FileManager.default.copyItem(atPath: first.directory + "/d.rdb", toPath: directory + "/d.rdb")
        }
        let server = try RedisLiveServer(
            [
                "--dbfilename", "d.rdb", "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024",
            ], in: directory, isAwaited: false)
        let target = try target(server.url())
        var found: ProbeFailure?
        for _ in 0..<200 where found == nil {
            do throws(ProbeFailure) {
                let prober = try target.connect(before: RedisLook.soon(5))
                _ = try prober.ask(before: RedisLook.soon(5))
            } catch  where error.kind == .notReady { found = error } catch { usleep(10_000) }
        }
        let failure = try #require(found)
        #expect(failure.isConnectionUsable && target.findings(of: failure).map(\.severity) == [.critical])
        // INFO is answered meanwhile.
        let observer = try #require(target.observer())
        try observer.begin(before: RedisLook.soon(5))
        let report = observer.finish(
            before: RedisLook.soon(5), client: ClientLatency(median: nil, p99: nil, count: 0, network: nil),
            thresholds: [:])
        #expect(report.facts.contains { $0.name == "state" && $0.value.contains("loading") }, "\(report.facts)")
    }

    @Test("a script that runs too long is a finding")
    func busy() throws {
        let server = try RedisLiveServer(["--busy-reply-threshold", "100"])
        let script = try server.client()
        script.send(RedisRawClient.bytes(["EVAL", "while true do end", "0"]))
        let target = try target(server.url())
        var found: ProbeFailure?
        for _ in 0..<100 where found == nil {
            do throws(ProbeFailure) {
                _ = try target.connect(before: RedisLook.soon(5)).ask(before: RedisLook.soon(5))
            } catch { found = error }
        }
        let failure = try #require(found)
        #expect(failure.kind == .errorAnswer && target.findings(of: failure).map(\.id) == ["rd.slow"], "\(failure)")
        try server.run("SCRIPT", "KILL")
    }

    @Test("a node of a cluster that is down answers PING, and is called one")
    func cluster() throws {
        let port = try RedisLiveServer.freePort()
        let server = try RedisLiveServer([
            "--port", "\(port)", "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-config-file", "n.conf",
            "--cluster-port", "\(try RedisLiveServer.freePort())",
        ])
        let look = try RedisLook("redis://127.0.0.1:\(port)", thresholds: RedisLook.patient)
        #expect(look.fact("mode") == "cluster" && look.isHealthy("rd.rtt"))
        #expect(server.pid > 0)
    }

    @Test("a replica says whose it is")
    func replica() throws {
        let port = try RedisLiveServer.freePort()
        let master = try RedisLiveServer(["--port", "\(port)", "--bind", "127.0.0.1"])
        let replica = try RedisLiveServer(["--replicaof", "127.0.0.1 \(port)"])
        for _ in 0..<300 {
            let info = try replica.run("INFO", "replication").text ?? ""
            if info.contains("master_link_status:up") { break }
            usleep(20_000)
        }
        #expect(try RedisLook(replica.url()).fact("role") == "replica of 127.0.0.1:\(port), link up")
        #expect(master.pid > 0)
    }

    @Test("TLS: with the authority named, without, of another name, and on the wrong port")
    func tls() throws {
        let directory = try RedisLiveServer.newDirectory()
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: directory) } }
        let made = try LaunchedProcess(arguments: [
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", directory + "/key.pem", "-out", directory + "/cert.pem", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-batch",
        ])
        try made.start()
        while try !made.poll() { usleep(10_000) }
        guard made.ending?.isSuccess == true, FileManager.default.fileExists(atPath: directory + "/cert.pem") else {
            return print("Redis over TLS: skipped: openssl made no certificate; run: apt-get install openssl")
        }
        let (port, plain) = (try RedisLiveServer.freePort(), try RedisLiveServer.freePort())
        let server = try RedisLiveServer(
            [
                "--tls-port", "\(port)", "--port", "\(plain)", "--bind", "127.0.0.1", "--tls-cert-file",
                directory + "/cert.pem", "--tls-key-file", directory + "/key.pem", "--tls-ca-cert-file",
                directory + "/cert.pem", "--tls-auth-clients", "optional", "--requirepass", "hunter2",
            ], isAwaited: false)
        let authority = "?ssl_ca_certs=\(directory)/cert.pem"
        let prober = try settled("rediss://:hunter2@localhost:\(port)/1\(authority)")
        #expect(prober.connecting.map(\.name) == ["tcp", "tls", "auth"])
        #expect(prober.connecting.allSatisfy { $0.nanoseconds > 0 }, "\(prober.connecting)")
        _ = try prober.ask(before: RedisLook.soon(2))
        let look = try RedisLook("rediss://:hunter2@127.0.0.1:\(port)/0\(authority)", thresholds: RedisLook.patient)
        #expect(look.isHealthy("rd.rtt") && look.fact("version") != nil)
        _ = try target("rediss://:hunter2@127.0.0.1:\(port)?ssl_cert_reqs=none").connect(before: RedisLook.soon(2))

        let unknown = try failure("rediss://:hunter2@localhost:\(port)")
        #expect(unknown.kind == .tls && unknown.summary.contains("certificate"), "\(unknown)")
        #expect(!unknown.description.contains("hunter2"))
        let plainPort = try failure("rediss://:hunter2@127.0.0.1:\(plain)\(authority)")
        #expect(plainPort.kind == .timedOut && plainPort.summary.contains("TLS"), "\(plainPort)")
        let tlsPort = try failure("redis://:hunter2@127.0.0.1:\(port)")
        #expect(tlsPort.kind == .tls || tlsPort.kind == .lost, "\(tlsPort)")
        let refused = try failure("rediss://127.0.0.1:\(try RedisLiveServer.freePort())")
        #expect(refused.kind == .refused, "\(refused)")
        let noFile = try failure("rediss://127.0.0.1:\(port)?ssl_ca_certs=/no/such/file")
        #expect(noFile.kind == .tls, "\(noFile)")
        // In TLS 1.3 a server that wants a certificate says so after the handshake.
        let sockets = try #require(RedisRawClient(path: server.socketPath))
        try sockets.run("AUTH", "hunter2")
        try sockets.run("CONFIG", "SET", "tls-auth-clients", "yes")
        let uncertified = try failure("rediss://:hunter2@127.0.0.1:\(port)\(authority)")
        #expect(uncertified.kind == .tls || uncertified.kind == .lost, "\(uncertified)")
        let certified = "&ssl_certfile=\(directory)/cert.pem&ssl_keyfile=\(directory)/key.pem"
        _ = try target("rediss://:hunter2@127.0.0.1:\(port)\(authority)\(certified)").connect(
            before: RedisLook.soon(2))
    }
}
