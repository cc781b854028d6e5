import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// A real PgBouncer before a real PostgreSQL.
@Suite(
    "PgBouncer, live", .serialized, .timeLimit(.minutes(15)),
    .enabled(if: PostgreSQLLiveServer.isPossible && PostgreSQLLiveServer.hasPgBouncer))
struct PgBouncerLiveTests {
    /// One in transaction mode with a pool of two.
    private func start(
        before server: PostgreSQLLiveServer, _ settings: String = ""
    ) throws -> (port: UInt16, program: LiveProgram) {
        let port = try RedisLiveServer.freePort()
        try server.write(
            """
            [databases]
            postgres = host=\(server.directory) port=\(server.port) user=postgres dbname=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = plain
            auth_file = \(server.directory)/users
            stats_users = stats
            pool_mode = transaction
            default_pool_size = 2
            max_client_conn = 20
            \(settings)

            """, to: "pgbouncer.ini")
        try server.write("\"stats\" \"hunter2\"\n\"app\" \"hunter2\"\n", to: "users")
        let program = try LiveProgram(
            PostgreSQLLiveServer.unprivileged + ["/usr/sbin/pgbouncer", "\(server.directory)/pgbouncer.ini"],
            log: server.directory + "/bouncer")
        for _ in 0..<200 {
            if server.text("bouncer").contains("process up") { return (port, program) }
            try #require(try !program.isOver, "\(server.text("bouncer"))")
            usleep(20_000)
        }
        throw ProbeFailure(.timedOut, server.text("bouncer"), remedy: nil)
    }

    /// A client that holds a connection of the pool until it is told to end, or waits for one.
    private func client(_ port: UInt16, seconds: Double) throws -> WorkerThread<String> {
        try WorkerThread {
            do throws(PostgreSQLError) {
                let client = try PostgreSQLConnection(
                    to: PostgreSQLAddress("postgresql://app:hunter2@127.0.0.1:\(port)/postgres"),
                    limits: .init(connecting: .seconds(20), answering: .seconds(20)))
                try client.run("SELECT pg_sleep($1::float8)", ["\(seconds)"])
                return "done"
            } catch { return error.summary }
        }
    }

    @Test("a pool of two with six clients: four wait, and the console says so")
    func waiting() throws {
        let server = try PostgreSQLLiveServer()
        let (port, bouncer) = try start(before: server)
        defer { bouncer.end() }
        let url = "pgbouncer://stats:hunter2@127.0.0.1:\(port)"
        let quiet = try PostgreSQLLook(url, seconds: 0.2)
        #expect(quiet.isHealthy("pgb.wait") && quiet.report.findings.isEmpty)
        #expect(quiet.fact("version")?.hasPrefix("PgBouncer") == true)
        #expect(quiet.fact("pool_mode") == "transaction" && quiet.fact("default_pool_size") == "2")
        #expect(quiet.connecting.map(\.name) == ["tcp", "auth"])

        let clients = try (0..<6).map { _ in try client(port, seconds: 1.5) }
        let look = try PostgreSQLLook(
            url, seconds: 2.5, thresholds: ["pgb.wait": CheckThreshold(0.5, 15, unit: "seconds", origin: "test")])
        #expect(clients.allSatisfy { $0.join() == "done" })
        let finding = try #require(look.findings("pgb.wait").first)
        // All six wait until the pool has connected.
        let waiting = finding.evidence.first { $0.name == "waiting_clients" }?.value ?? 0
        #expect((4...6).contains(waiting), "\(finding)")
        #expect(finding.evidence.contains(Evidence("busy_servers", 2, "count")))
        #expect(finding.summary.contains("clients of postgres/postgres wait for one of 2 connections"))
        #expect(!"\(look.report)".contains("hunter2"))
    }

    @Test("PostgreSQL is looked into through the pool as well, in transactions with limits of their own")
    func through() throws {
        let server = try PostgreSQLLiveServer(["log_statement=all"])
        let (port, bouncer) = try start(before: server)
        defer { bouncer.end() }
        let look = try PostgreSQLLook("postgres://app:hunter2@127.0.0.1:\(port)/postgres", seconds: 0.5)
        #expect(look.isHealthy("pg.lock") && look.isHealthy("pg.conn"), "\(look.report)")
        #expect(look.fact("role") == "primary")
        #expect(server.text("log").contains("SET LOCAL lock_timeout = '100ms'"))
    }

    @Test("wrong password, wrong database, TLS that it does not have, and as many clients as it takes")
    func refusals() throws {
        let server = try PostgreSQLLiveServer()
        let (port, bouncer) = try start(before: server, "max_client_conn = 3")
        defer { bouncer.end() }
        func failure(_ url: String) throws -> ProbeFailure {
            try #require(
                #expect(throws: ProbeFailure.self) {
                    try PostgreSQLLook.target(url).connect(before: RedisLook.soon(5))
                        .ask(before: RedisLook.soon(5))
                })
        }
        #expect(try failure("pgbouncer://stats:hunter9@127.0.0.1:\(port)").kind == .authentication)
        let database = try failure("postgres://app:hunter2@127.0.0.1:\(port)/nowhere")
        #expect(database.kind == .denied, "\(database)")
        #expect(try failure("pgbouncer://stats:hunter2@127.0.0.1:\(port)?sslmode=require").kind == .tls)
        // A user who is none of the stats_users.
        let user = try failure("pgbouncer://app:hunter2@127.0.0.1:\(port)")
        #expect([.denied, .authentication].contains(user.kind), "\(user)")
        let url = "pgbouncer://stats:hunter2@127.0.0.1:\(port)"
        // The console takes its own beyond the limit, but they count.
        let console = try PostgreSQLLook.target(url)
        let clients = try (0..<3).map { _ in try console.connect(before: RedisLook.soon(5)) }
        let app = "postgres://app:hunter2@127.0.0.1:\(port)/postgres"
        let full = try failure(app)
        #expect(full.kind == .tooManyClients, "\(full)")
        let finding = try #require(try PostgreSQLLook.target(app).findings(of: full).first)
        #expect(finding.id == "pgb.wait" && finding.severity == .critical)
        for client in clients { _ = try client.ask(before: RedisLook.soon(5)) }
    }
}
