import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// What servers say, of several versions, and what nobody says.
@Suite("PostgreSQL answers")
struct PostgreSQLParserTests {
    private static let session: [String?] = [
        "4711", "app", "web", "active", "Lock", "transactionid", "1.5", "0.25", "UPDATE", "17,18",
    ]

    @Test func sessions() throws {
        let session = try #require(PostgreSQLSession(Self.session))
        #expect(session.pid == 4711 && session.blockers == [17, 18] && session.transactionAge == 1.5)
        let hidden = try #require(
            PostgreSQLSession(["5", "other", nil, nil, nil, nil, nil, nil, nil, nil]))
        #expect(hidden.state == nil && hidden.blockers.isEmpty)
        #expect(PostgreSQLSession(["x"]) == nil)
    }

    @Test("identity of 13, which does not say since when a lock is waited for, and of 18")
    func identity() throws {
        let old = try #require(PostgreSQLIdentity([["13.16", "f", "f", "f"]]))
        #expect(!old.knowsLockWaits && !old.seesAll && !old.isReplica)
        let new = try #require(PostgreSQLIdentity([["18.1 (Debian 18.1-1)", "t", "t", "t"]]))
        #expect(new.knowsLockWaits && new.seesAll && new.isReplica)
        #expect(PostgreSQLIdentity([]) == nil && PostgreSQLIdentity([["1"]]) == nil)
    }

    /// The columns of PgBouncer's own documentation.
    private func pools(_ columns: String, _ values: String) -> PostgreSQLConnection.Table {
        .init(
            columns: columns.split(separator: " ").map(String.init),
            rows: [values.split(separator: " ").map { String($0) }])
    }

    @Test("SHOW POOLS of 1.7, without microseconds, of 1.18, and of 1.24 with other columns between")
    func pgBouncer() {
        var found: [PgBouncerPool] = []
        let old = pools(
            "database user cl_active cl_waiting sv_active sv_idle sv_used sv_tested sv_login maxwait",
            "app web 2 4 2 0 0 0 0 7")
        let middle = pools(
            "database user cl_active cl_waiting cl_active_cancel_req cl_waiting_cancel_req sv_active sv_active_cancel "
                + "sv_being_canceled sv_idle sv_used sv_tested sv_login maxwait maxwait_us pool_mode",
            "app web 2 1 0 0 2 0 0 0 0 0 0 8 500000 transaction")
        let new = pools(
            "database user cl_active cl_waiting cl_active_cancel_req cl_waiting_cancel_req sv_active sv_active_cancel "
                + "sv_being_canceled sv_idle sv_used sv_tested sv_login maxwait maxwait_us pool_mode load_balance_hosts",
            "app web 2 0 0 0 1 0 0 0 0 0 0 0 0 transaction disable")
        let taken = [old, middle, new].map { found.add($0) }
        #expect(taken == [true, true, true])
        #expect(found.count == 1 && found[0].looks == 3 && found[0].looksWithWaiting == 2)
        #expect(found[0].mostWaiting == 4 && found[0].longestWait == 8.5 && found[0].mostServers == 2)
        let isOther = !found.add(pools("a b", "1 2"))
        #expect(isOther)
        _ = found.add(pools("database user cl_waiting sv_active maxwait", "pgbouncer pgbouncer 0 0 0"))
        #expect(found.count == 1)
    }

    @Test(
        "a statement is shown without what may be secret",
        arguments: [
            ("SELECT * FROM t WHERE a = $1 AND b = 'hunter2'", "SELECT * FROM t WHERE a = $1 AND b = ?"),
            ("select 'it''s hunter2', E'\\'hunter2', 42, x1 from t2", "select ?, E?, ?, x1 from t2"),
            ("ALTER USER a PASSWORD 'hunter2'", "ALTER"),
            ("SELECT $$hunter2$$, $a$hunter2$a$, $2", "SELECT ?, ?, $2"),
            ("/* hunter2 */ SELECT 1 -- hunter2\n, 2", "SELECT ? , ?"),
            ("SELECT 'hunter2", "SELECT ?"), ("SELECT $x$hunter2", "SELECT ?"), ("", "a statement"),
            ("SELECT -1.5e10\n\tFROM   t", "SELECT -? FROM t"),
        ])
    func text(statement: String, shown: String) {
        #expect(PostgreSQLStatementText.shown(statement) == shown)
    }

    @Test("SQLSTATE and message of a server that refuses a connection")
    func verbose() {
        let said = """
            connection to server at "10.0.0.5", port 5432 failed: FATAL:  53300: sorry, too many clients already
            LOCATION:  InitProcess, proc.c:351
            """
        let (code, reason) = PostgreSQLConnection.verbose(said)
        #expect(code == "53300")
        #expect(reason.hasSuffix("failed: FATAL:  sorry, too many clients already"))
        let none = PostgreSQLConnection.verbose("connection to server failed: Connection refused\n\tIs it running?")
        #expect(none.code == nil && none.reason.contains("\n"))
        #expect(PostgreSQLConnection.verbose(":  5330").code == nil)
    }

    @Test(
        "what a failure is follows from its SQLSTATE, whatever the language",
        arguments: [
            ("53300", "zu viele", ProbeFailure.Kind.tooManyClients), ("57P03", "startet", .notReady),
            ("28P01", "Passwort", .authentication), ("3D000", "fehlt", .denied), ("42501", "nein", .denied),
            ("57P01", "ende", .lost), ("08P01", "no more connections allowed (max_client_conn)", .tooManyClients),
            ("08P01", "no such database: x", .denied), ("XX000", "oops", .errorAnswer),
        ])
    func kinds(code: String, reason: String, kind: ProbeFailure.Kind) {
        let failure = ProbeFailure(PostgreSQLError.turnedAway(address: "postgresql://db", code: code, reason: reason))
        #expect(failure.kind == kind)
    }

    @Test("mangled answers of servers and statements are taken or left, never a crash, and show no literal")
    func fuzz() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let texts: [String?] = [nil, "", "-1", "1e999", "nan", "99999999999999999999", "t", "a,b,3", "Lock", "\u{0}é"]
        let signs = Array("'\"$\\/*-abc 019\n;eE(").map { $0 }
        for _ in 0..<5000 {
            var row = Self.session
            for _ in 0...next(3) { row[next(row.count)] = texts[next(texts.count)] }
            if next(8) == 0 { row.removeLast() }
            var activity = PostgreSQLActivity()
            if let session = PostgreSQLSession(row) { activity.add([session, session]) }
            _ = PostgreSQLStatementTotals(Array(row.prefix(4)))
            _ = PostgreSQLLimits([Array(row.prefix(2))])
            _ = PostgreSQLIdentity([Array(row.prefix(4))])
            var pools: [PgBouncerPool] = []
            _ = pools.add(
                .init(
                    columns: ["database", "user", "cl_waiting", "sv_active", "maxwait", "maxwait_us"],
                    rows: [Array(row.prefix(6))]))
            var observation = PostgreSQLScene.healthy()
            observation.activity = .available(activity)
            _ = observation.report(thresholds: [:])
            let text = String((0..<next(40)).map { _ in signs[next(signs.count)] })
            _ = PostgreSQLStatementText.shown("SELECT " + text)
            _ = PostgreSQLStatementText.shown(text)
            _ = PostgreSQLConnection.verbose(text)
        }
    }
}
