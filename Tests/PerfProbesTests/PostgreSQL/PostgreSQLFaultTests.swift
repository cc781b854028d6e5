import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// Servers that are down, refuse, stall, or are none.
@Suite("PostgreSQL, faults", .serialized, .timeLimit(.minutes(15)), .enabled(if: PostgreSQLLiveServer.isPossible))
struct PostgreSQLFaultTests {
    /// The failure to connect and ask once.
    private func failure(_ url: String, seconds: Double = 5) throws -> ProbeFailure {
        let failure = #expect(throws: ProbeFailure.self) {
            let prober = try PostgreSQLLook.target(url).connect(before: RedisLook.soon(seconds))
            _ = try prober.ask(before: RedisLook.soon(seconds))
        }
        let found = try #require(failure)
        #expect(!found.description.contains("hunter"), "\(found)")
        #expect(found.remedy?.isEmpty == false)
        return found
    }

    @Test("nobody listens, a socket is not there, a name has no address, a service is not known")
    func nobody() throws {
        let port = try RedisLiveServer.freePort()
        #expect(try failure("postgres://a:hunter2@127.0.0.1:\(port)/x").kind == .refused)
        #expect(try failure("pgbouncer://a:hunter2@127.0.0.1:\(port)").kind == .refused)
        #expect(try failure("postgres://a:hunter2@/x?host=/nonexistent").kind == .refused)
        #expect(try failure("postgres://a:hunter2@no-such-host.invalid/x").kind == .nameNotFound)
        #expect(try failure("postgres:///?service=no_such_service").kind == .badURL)
        #expect(try failure("pgbouncer://a:hunter2@127.0.0.1:\(port)/app").kind == .badURL)
    }

    @Test("a server that takes connections and says nothing is given up in time")
    func silent() throws {
        let server = try RedisFakeServer()
        for query in ["", "?sslmode=disable"] {
            let start = MonotonicClock.nanoseconds
            let found = try failure("postgres://a:hunter2@127.0.0.1:\(server.port)/x\(query)", seconds: 0.4)
            #expect(found.kind == .timedOut, "\(found)")
            #expect(MonotonicClock.nanoseconds - start < 20_000_000_000)
        }
    }

    @Test("a server that greets and stalls in the middle of an answer is given up in time")
    func stalls() throws {
        let greeting = "R\u{0}\u{0}\u{0}\u{8}\u{0}\u{0}\u{0}\u{0}Z\u{0}\u{0}\u{0}\u{5}I"
        for rest in ["", "T\u{0}\u{0}"] {
            let server = try RedisFakeServer()
            let thread = server.answer(Array((greeting + rest).utf8), hangsUp: false)
            let url = "postgres://a@127.0.0.1:\(server.port)/x?sslmode=disable&gssencmode=disable"
            #expect(try failure(url, seconds: 0.5).kind == .timedOut)
            thread.join()
        }
    }

    @Test(
        "another kind of server is garbage, one that refuses TLS is a TLS failure",
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", "disable", ProbeFailure.Kind.garbage),
            ("\u{1}\u{1}", "disable", .garbage),
            ("-ERR unknown command\r\n", "disable", .garbage), ("HTTP/1.1 400 Bad\r\n", "require", .garbage),
            ("N", "require", .tls), ("", "disable", .lost),
        ])
    func garbage(answer: String, mode: String, kind: ProbeFailure.Kind) throws {
        let server = try RedisFakeServer()
        let thread = server.answer(Array(answer.utf8), hangsUp: true)
        let url = "postgres://a:hunter2@127.0.0.1:\(server.port)/x?sslmode=\(mode)&gssencmode=disable"
        let found = try failure(url, seconds: 2)
        #expect(found.kind == kind, "\(found)")
        thread.join()
    }

    @Test("wrong password, none, wrong database, no entry, TLS required or impossible, and TLS as it should be")
    func refusals() throws {
        let server = try PostgreSQLLiveServer()
        #expect(try failure(server.url("watcher:hunter9")).kind == .authentication)
        #expect(try failure(server.url("watcher")).kind == .authentication)
        let database = try failure(server.url(database: "nowhere"))
        #expect(database.kind == .denied && database.summary.contains("3D000"))
        #expect(try failure(server.url(query: "?sslmode=require")).kind == .tls)
        #expect(try failure(server.url("tlsonly:hunter2", query: "?sslmode=disable")).kind == .tls)
        #expect(try failure(server.url("nobody:hunter2")).kind == .authentication)

        let look = try PostgreSQLLook(server.socketURL("watcher:hunter2"), seconds: 0.2)
        #expect(look.connecting.map(\.name) == ["connect", "auth"])
        #expect(look.connecting.allSatisfy { $0.nanoseconds > 0 })
        #expect(try PostgreSQLLook(server.url(), seconds: 0.1).connecting.map(\.name) == ["tcp", "auth"])
    }

    @Test("a service file and a password file say where and with what")
    func files() async throws {
        let server = try PostgreSQLLiveServer()
        try server.write(
            "[db]\nhost=127.0.0.1\nport=\(server.port)\nuser=watcher\ndbname=postgres\n", to: "services")
        // libpq reads no password file that others may read.
        try server.write("127.0.0.1:\(server.port):*:watcher:hunter2\n", to: "passwords")
        // SAFETY: a terminated text for the duration of the call.
        try #require(unsafe chmod(server.directory + "/passwords", 0o600) == 0)
        let (directory, port) = (server.directory, Int(server.port))
        // In a process of its own, whose environment nobody else reads.
        await #expect(processExitsWith: .success) { [directory = directory as String, port = port as Int] in
            // SAFETY: terminated texts, which are copied; there is one thread.
            unsafe setenv("PGSERVICEFILE", directory + "/services", 1)
            unsafe setenv("PGPASSFILE", directory + "/passwords", 1)
            for (url, address) in [
                ("postgres:///?service=db", "service db"),
                ("postgres://watcher@127.0.0.1:\(port)/postgres", "127.0.0.1:\(port)"),
            ] {
                let target = try PostgreSQLLook.target(url)
                #expect(target.address == address)
                _ = try target.connect(before: RedisLook.soon(10)).ask(before: RedisLook.soon(10))
            }
        }
    }

    @Test("a name with several addresses is as many targets, each pinned to its own")
    func addresses() throws {
        let port = try RedisLiveServer.freePort()
        let targets = try PostgreSQLTarget.targets(
            of: ServerURL("postgres://a:hunter2@localhost:\(port)/x"), before: RedisLook.soon(5))
        #expect(targets.allSatisfy { ["127.0.0.1:\(port)", "[::1]:\(port)"].contains($0.address) })
        #expect(Set(targets.map(\.address)).count == targets.count)
        for target in targets {
            let failure = #expect(throws: ProbeFailure.self) { try target.connect(before: RedisLook.soon(5)) }
            // It is the one address that is asked, by its name.
            let own = target.address.contains("::1") ? "::1" : "127.0.0.1"
            let other = own == "::1" ? "127.0.0.1" : "::1"
            #expect(failure?.summary.contains(own) == true && failure?.summary.contains(other) == false)
        }
    }

    @Test("TLS is a phase of its own, and a certificate that nobody vouches for is a TLS failure")
    func tls() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl") else {
            return print("PostgreSQL, TLS: skipped: run: apt-get install openssl")
        }
        let keys = try PostgreSQLLiveServer.newDirectory()
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: keys) } }
        let made = try LiveProgram(
            PostgreSQLLiveServer.unprivileged + [
                "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=db", "-keyout",
                keys + "/key", "-out", keys + "/cert", "-days", "2",
            ], log: keys + "/log")
        try #require(try made.wait())
        let server = try PostgreSQLLiveServer(["ssl=on", "ssl_cert_file=\(keys)/cert", "ssl_key_file=\(keys)/key"])
        let look = try PostgreSQLLook(server.url("tlsonly:hunter2", query: "?sslmode=require"), seconds: 0.1)
        #expect(look.connecting.map(\.name) == ["tcp", "tls", "auth"])
        #expect(try failure(server.url("tlsonly:hunter2", query: "?sslmode=disable")).kind == .tls)
        let unknown = try failure(
            server.url("tlsonly:hunter2", query: "?sslmode=verify-full&sslrootcert=/nonexistent"))
        #expect(unknown.kind == .tls, "\(unknown)")
    }

    @Test("a server that goes away between two questions is lost, and the observer says so")
    func goesAway() throws {
        let server = try PostgreSQLLiveServer()
        let target = try PostgreSQLLook.target(server.url())
        let prober = try target.connect(before: RedisLook.soon(5))
        let observer = try #require(target.observer())
        try observer.begin(before: RedisLook.soon(5))
        _ = try prober.ask(before: RedisLook.soon(5))
        let owner = try server.owner()
        try owner.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'watcher'")
        let failure = try #require(
            #expect(throws: ProbeFailure.self) { try prober.ask(before: RedisLook.soon(5)) })
        #expect(failure.kind == .lost && !failure.isConnectionUsable, "\(failure)")
        // The observer comes back by itself.
        observer.look(before: RedisLook.soon(5))
        observer.look(before: RedisLook.soon(5))
        let report = observer.finish(
            before: RedisLook.soon(5), client: ClientLatency(median: 100, p99: nil, count: 1, network: nil),
            thresholds: [:])
        #expect(report.healthy.contains { $0.id == "pg.lock" }, "\(report)")
    }
}
