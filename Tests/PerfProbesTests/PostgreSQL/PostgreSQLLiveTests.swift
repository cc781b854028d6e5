import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// Faults in a real server, and what is said of them.
@Suite("PostgreSQL, live", .serialized, .timeLimit(.minutes(15)), .enabled(if: PostgreSQLLiveServer.isPossible))
struct PostgreSQLLiveTests {
    private func seconds(_ warning: Double, _ conditions: [String: Double] = [:]) -> CheckThreshold {
        CheckThreshold(warning, unit: "seconds", origin: "test", conditions: conditions)
    }

    /// Runs a statement on a thread and a connection of its own until it is answered or refused.
    private func background(
        _ server: PostgreSQLLiveServer, _ application: String, _ statements: [StaticString]
    ) throws -> WorkerThread<String> {
        let url = server.socketURL() + "&application_name=\(application)"
        return try WorkerThread {
            do throws(PostgreSQLError) {
                let client = try PostgreSQLConnection(
                    to: PostgreSQLAddress(url), limits: .init(connecting: .seconds(10), answering: .seconds(60)))
                for statement in statements { try client.run(statement) }
                return "done"
            } catch { return error.summary }
        }
    }

    private func waitUntil(
        _ owner: PostgreSQLConnection, _ condition: StaticString, is count: String
    ) throws {
        for _ in 0..<500 {
            if try owner.run(condition).first?.first == count { return }
            usleep(20_000)
        }
        Issue.record("never so: \(condition)")
    }

    @Test("a chain of three sessions leads to its root; a transaction that is kept open, and a long one")
    func sessions() throws {
        let server = try PostgreSQLLiveServer()
        let owner = try server.owner()
        let thresholds = [
            "pg.idletx": seconds(0.5), "pg.longtx": seconds(0.5),
            "pg.lock": seconds(0.5, ["told_from_seconds": 0.1]),
        ]
        let before = try PostgreSQLLook(server.url(), seconds: 0.3, thresholds: thresholds)
        for id in ["pg.lock", "pg.idletx", "pg.longtx", "pg.waits", "pg.conn"] {
            #expect(before.isHealthy(id), "\(id)")
        }

        let root = try server.client(application: "root")
        try root.run("BEGIN")
        try root.run("UPDATE t SET v = 777001 WHERE id = 1")
        let middle = try background(
            server, "middle", ["BEGIN", "UPDATE t SET v = 777002 WHERE id = 2", "UPDATE t SET v = 1 WHERE id = 1"])
        try waitUntil(owner, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", is: "1")
        let last = try background(server, "last", ["UPDATE t SET v = 777003 WHERE id = 2"])
        try waitUntil(owner, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", is: "2")
        let pid = try owner.run("SELECT pid FROM pg_stat_activity WHERE application_name = 'root'").first?.first ?? nil

        let look = try PostgreSQLLook(server.url(), seconds: 1.2, thresholds: thresholds)
        let lock = try #require(look.findings("pg.lock").first)
        #expect(look.findings("pg.lock").count == 1)
        #expect(lock.evidence.contains(Evidence("root_pid", Double(pid ?? "") ?? -1, "pid")))
        #expect(lock.evidence.contains(Evidence("waiting_sessions", 2, "count")))
        #expect(lock.evidence.contains(Evidence("chain_length", 3, "count")))
        #expect(
            lock.summary.contains("2 sessions wait") && lock.summary.contains("(root), idle in transaction for")
                && lock.summary.hasSuffix("its statement an UPDATE"), "\(lock.summary)")
        let idle = try #require(look.findings("pg.idletx").first)
        #expect(idle.summary.contains("pid \(pid ?? "-") (root)"), "\(idle.summary)")
        // Those who wait are in long transactions, and all of the active time is a lock's.
        #expect(look.findings("pg.longtx").first?.evidence.contains(Evidence("sessions", 2, "count")) == true)
        let waits = try #require(look.findings("pg.waits").first)
        #expect(waits.evidence.first?.value == 1 && waits.parent == "pg.lock")
        #expect(!"\(look.report)".contains("7770"), "a literal is shown")

        // A role without rights sees that it sees nothing.
        let plain = try PostgreSQLLook(server.url("plain:hunter2"), seconds: 0.3, thresholds: thresholds)
        for id in ["pg.lock", "pg.idletx", "pg.longtx", "pg.waits"] {
            #expect(plain.reason(id)?.contains("may not see") == true, "\(id): \(plain.report)")
        }
        #expect(plain.isHealthy("pg.conn") && plain.fact("sees") == "its own sessions")

        try root.run("COMMIT")
        #expect([middle.join(), last.join()] == ["done", "done"])
    }

    @Test("every statement of prober and observer is on the list, whatever the server logs; and no secret is anywhere")
    func safety() throws {
        let server = try PostgreSQLLiveServer([
            "shared_preload_libraries=pg_stat_statements", "log_statement=all", "log_min_duration_statement=0",
            "log_connections=on", "log_disconnections=on",
        ])
        let owner = try server.owner()
        try owner.run("CREATE EXTENSION pg_stat_statements")
        // Locks, so that all statements there are come in.
        let root = try server.client()
        try root.run("BEGIN")
        try root.run("LOCK TABLE t")
        let waiting = try background(server, "waiting", ["SELECT count(*) FROM t"])
        try waitUntil(owner, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", is: "1")
        for credentials in ["watcher:hunter2", "plain:hunter2"] {
            let look = try PostgreSQLLook(server.url(credentials), seconds: 1.3)
            #expect(!"\(look.report) \(look.connecting)".contains("hunter2"))
        }
        // What fails is undone: the function of the extension is not there any more.
        try owner.run("DROP EXTENSION pg_stat_statements")
        let look = try PostgreSQLLook(server.url(), seconds: 0.2)
        #expect(look.reason("pg.slow")?.contains("pg_stat_statements is not in this database") == true)
        try root.run("COMMIT")
        #expect(waiting.join() == "done")

        let known = Set(PostgreSQLStatements.all)
        var seen: Set<String> = []
        var isContinued = false
        for line in server.text("log").split(separator: "\n") {
            let fields = line.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4 else {
                // A statement of ours has one line.
                #expect(!isContinued, "\(line)")
                continue
            }
            isContinued = ["watcher", "plain"].contains(fields[1])
            guard isContinued else { continue }
            let text = fields[3].drop { $0 == " " }
            let marks = ["statement: ", "execute <unnamed>: ", "parse <unnamed>: ", "bind <unnamed>: "]
            if let mark = marks.compactMap({ text.firstRange(of: $0) }).first {
                let statement = String(text[mark.upperBound...])
                #expect(known.contains(statement), "not on the list: \(statement)")
                seen.insert(statement)
            } else {
                let others = [
                    "LOG:  connection authorized", "LOG:  connection authenticated", "LOG:  disconnection",
                    "LOG:  duration: ", "DETAIL:  parameters: ", "DETAIL:  Parameters: ",
                ]
                #expect(others.contains { text.hasPrefix($0) }, "\(line)")
            }
        }
        // The list has nothing that is never said: but for what follows a failure.
        #expect(known.subtracting(seen) == [PostgreSQLStatements.rollback.description])
    }

    @Test("a statement that is slow now is found, with the extension loaded; without it that is unmeasured")
    func slow() throws {
        let server = try PostgreSQLLiveServer(["shared_preload_libraries=pg_stat_statements"])
        let owner = try server.owner()
        try owner.run("CREATE EXTENSION pg_stat_statements")
        let thresholds = ["pg.slow": CheckThreshold(100, 1000, unit: "milliseconds", origin: "test")]
        // It was slow once, before we looked.
        try owner.run("SELECT pg_sleep(0.3), 'before'")
        #expect(try PostgreSQLLook(server.url(), seconds: 0.3, thresholds: thresholds).isHealthy("pg.slow"))
        let busy = try background(
            server, "busy", ["SELECT pg_sleep(0.2), 'hunter3'", "SELECT pg_sleep(0.2), 'hunter3'"])
        let look = try PostgreSQLLook(server.url(), seconds: 1.2, thresholds: thresholds)
        #expect(busy.join() == "done")
        let finding = try #require(look.findings("pg.slow").first)
        // On a busy machine the first may be over before we look.
        let calls = try #require(finding.evidence.first { $0.name == "calls" }?.value)
        #expect(calls == 2 || calls == 1, "\(finding)")
        #expect(finding.summary.hasPrefix("SELECT pg_sleep($1), $2 takes"), "\(finding.summary)")
        #expect(!"\(look.report)".contains("hunter3"))
        // A plain role may not see others' statements.
        let plain = try PostgreSQLLook(server.url("plain:hunter2"), seconds: 0.2)
        #expect(plain.reason("pg.slow")?.contains("others' statements") == true, "\(plain.report)")
        // Blocks are counted.
        try owner.run("CREATE TABLE big AS SELECT i FROM generate_series(1, 100000) i")
        let scan = try background(server, "scan", ["SELECT pg_sleep(0.3)", "SELECT count(*) FROM big"])
        let hits = try PostgreSQLLook(
            server.url(), seconds: 2,
            thresholds: ["pg.hit": CheckThreshold(2, unit: "ratio", origin: "test", conditions: ["told_from_ratio": 2])]
        )
        #expect(scan.join() == "done")
        #expect(hits.report.healthy.first { $0.id == "pg.hit" }?.evidence.contains { $0.value > 300 } == true)
    }

    @Test("the extension is created and not loaded: unmeasured, with what to do")
    func notLoaded() throws {
        let server = try PostgreSQLLiveServer()
        try server.owner().run("CREATE EXTENSION pg_stat_statements")
        let look = try PostgreSQLLook(server.url(), seconds: 0.2)
        #expect(look.reason("pg.slow") == "pg_stat_statements is not loaded")
        // After a statement that failed all others are asked.
        #expect(look.fact("role") == "primary" && look.isHealthy("pg.conn"))
    }

    @Test("97 clients are 53300 for the next one, and that is the finding; pools that do not fit are told before")
    func tooMany() throws {
        let server = try PostgreSQLLiveServer()
        var clients: [PostgreSQLConnection] = []
        for _ in 0..<80 { clients.append(try server.client(application: "web")) }
        let look = try PostgreSQLLook(server.url(), seconds: 1.5)
        let full = try #require(look.findings("pg.conn").first)
        #expect(full.severity == .warning && full.summary.contains("80 are of web"), "\(full.summary)")
        let pool = try #require(look.findings("pg.poolmath").first)
        #expect(pool.summary.hasPrefix("web keeps 80 connections (inferred"), "\(pool.summary)")
        let url = try ServerURL(server.url())
        var target = try #require(
            try PostgreSQLTarget.targets(of: url, before: RedisLook.soon(5)).first as? PostgreSQLTarget)
        target.pools = [PostgreSQLPool(name: "web", processes: 4, size: 50, overflow: 20)]
        let observer = try #require(target.observer())
        try observer.begin(before: RedisLook.soon(5))
        let report = observer.finish(
            before: RedisLook.soon(5), client: ClientLatency(median: nil, p99: nil, count: 0, network: nil),
            thresholds: [:])
        #expect(report.findings.first { $0.id == "pg.poolmath" }?.summary.contains("4 × (50 + 20) = 280") == true)

        // The observer above has gone; the last ones are left to superusers.
        while clients.count < 97 { clients.append(try server.client(application: "web")) }
        let failure = try #require(
            #expect(throws: ProbeFailure.self) { try target.connect(before: RedisLook.soon(5)) })
        #expect(failure.kind == .tooManyClients && failure.summary.contains("53300"), "\(failure)")
        let finding = try #require(target.findings(of: failure).first)
        #expect(finding.id == "pg.conn" && finding.severity == .critical)
    }

    @Test("a replica is told as a fact, and all checks work on it")
    func replica() throws {
        let primary = try PostgreSQLLiveServer()
        let replica = try PostgreSQLLiveServer(replicaOf: primary)
        let look = try PostgreSQLLook(replica.url(), seconds: 0.4)
        #expect(look.fact("role")?.hasPrefix("replica") == true)
        #expect(look.report.findings.isEmpty, "\(look.report.findings)")
        #expect(look.isHealthy("pg.lock") && look.isHealthy("pg.conn"))
    }
}
