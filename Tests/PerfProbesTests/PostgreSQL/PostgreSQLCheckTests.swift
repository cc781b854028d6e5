import PerfModel
import Testing

@testable import PerfProbes

/// Each check on a sick and on a healthy scene.
@Suite("PostgreSQL checks")
struct PostgreSQLCheckTests {
    private typealias Scene = PostgreSQLScene

    @Test("nothing is found on a healthy server; pools cannot be told from changing counts")
    func healthy() {
        let report = Scene.healthy().report(thresholds: [:])
        #expect(report.findings.isEmpty, "\(report.findings)")
        #expect(report.unmeasured.map(\.id) == ["pg.poolmath"])
        #expect(report.healthy.count == 8)
        #expect(report.facts.contains(.init("role", "primary")))
    }

    @Test("a replica is a fact, not a finding")
    func replica() {
        let report = Scene.changed {
            $0.identity = .available(
                PostgreSQLIdentity(version: "18.0", isReplica: true, seesAll: true, knowsLockWaits: true))
        }.report(thresholds: [:])
        #expect(report.findings.isEmpty)
        #expect(report.facts.contains { $0.name == "role" && $0.value.hasPrefix("replica") })
    }

    @Test("a round trip of three times the network's is the server's, unless both are short")
    func rtt() {
        func outcome(_ median: UInt64, _ network: UInt64?) -> CheckOutcome {
            PostgreSQLRTTCheck.outcome(
                Scene.changed { $0.client = ClientLatency(median: median, p99: nil, count: 100, network: network) })
        }
        #expect(outcome(6_000_000, 2_000_000).found.first?.evidence.first?.value == 3)
        #expect(outcome(5_900_000, 2_000_000).isHealthy)
        #expect(outcome(900_000, 100_000).isHealthy)
        #expect(outcome(900_000, nil).isHealthy)
        #expect(outcome(5_000_000, nil).remedy == "probe ping://HOST beside it")
        #expect(
            PostgreSQLRTTCheck.outcome(
                Scene.changed { $0.client = ClientLatency(median: nil, p99: nil, count: 2, network: nil) }
            ).unmeasuredReason == "2 answers are too few for a median")
    }

    @Test("connections are compared with what is left for everybody", arguments: [(77, nil), (78, Severity.warning)])
    func connections(used: Int, severity: Severity?) {
        let observation = Scene.changed { $0.connections = .available(Scene.connections([used])) }
        #expect(PostgreSQLConnectionsCheck.outcome(observation).found.first?.severity == severity)
    }

    @Test("connections that are reserved since 16 are taken off as well")
    func reserved() throws {
        let rows = [
            ["max_connections", "100"], ["superuser_reserved_connections", "3"], ["reserved_connections", "10"],
        ]
        let limits = try #require(PostgreSQLLimits(rows))
        #expect(limits.usable == 87)
        #expect(PostgreSQLLimits(Array(rows.prefix(2)))?.usable == 97)
        #expect(PostgreSQLLimits([["max_connections", "100"]]) == nil)
        let observation = Scene.changed {
            $0.limits = .available(limits)
            $0.connections = .available(Scene.connections([79]))
        }
        let finding = try #require(PostgreSQLConnectionsCheck.outcome(observation).found.first)
        #expect(finding.severity == .critical)
        #expect(finding.summary == "79 of 87 usable connections are in use (91%); 79 are of web")
    }

    @Test("who waits for whom leads to the root, which waits for nobody")
    func lock() throws {
        let sessions = [
            PostgreSQLSession(
                pid: 1, application: "cron", state: "idle in transaction", transactionAge: 400, stateAge: 312,
                statement: "UPDATE"),
            PostgreSQLSession(pid: 2, state: "active", waitType: "Lock", blockers: [1], lockWait: 130),
            PostgreSQLSession(pid: 3, state: "active", waitType: "Lock", blockers: [2], lockWait: 20),
            PostgreSQLSession(pid: 4, state: "active", waitType: "Lock", blockers: [3], lockWait: 10),
        ]
        let found = PostgreSQLLockCheck.outcome(Scene.changed { $0.activity = Scene.activity(sessions) }).found
        let finding = try #require(found.first)
        #expect(found.count == 1 && finding.severity == .critical && finding.parent == "pg.idletx")
        #expect(
            finding.summary.hasPrefix("3 sessions wait for a lock")
                && finding.summary.contains("held by pid 1 (cron), idle in transaction for")
                && finding.summary.hasSuffix("its statement an UPDATE"), "\(finding.summary)")
        #expect(finding.evidence.contains(Evidence("chain_length", 4, "count")))
        #expect(PostgreSQLLockChain.all(sessions).first?.path == [1, 2, 3, 4])
    }

    @Test("short waits are told from a second on; shorter ones are healthy")
    func shortLocks() {
        func outcome(_ wait: Double) -> CheckOutcome {
            PostgreSQLLockCheck.outcome(
                Scene.changed {
                    $0.activity = Scene.activity([
                        PostgreSQLSession(pid: 2, state: "active", waitType: "Lock", blockers: [0], lockWait: wait)
                    ])
                })
        }
        #expect(outcome(0.5).isHealthy)
        #expect(outcome(2).found.first?.severity == .info)
        #expect(outcome(60).found.first?.severity == .warning)
        #expect(outcome(60).found.first?.summary.contains("a prepared transaction") == true)
    }

    @Test("a circle of waits has an end")
    func deadlock() {
        let chains = PostgreSQLLockChain.all([
            PostgreSQLSession(pid: 1, state: "active", blockers: [2], lockWait: 1),
            PostgreSQLSession(pid: 2, state: "active", blockers: [1], lockWait: 1),
            PostgreSQLSession(pid: 3, state: "active", blockers: [3], lockWait: 1),
        ])
        #expect(chains.map(\.waiting).reduce(0, +) == 3)
    }

    @Test("an open transaction that does nothing, from 60 s, worse from 300 s")
    func idle() throws {
        func outcome(_ age: Double) -> CheckOutcome {
            PostgreSQLIdleTransactionCheck.outcome(
                Scene.changed {
                    $0.activity = Scene.activity([
                        PostgreSQLSession(
                            pid: 7, state: "idle in transaction (aborted)", transactionAge: age, stateAge: age)
                    ])
                })
        }
        #expect(outcome(59).isHealthy)
        #expect(outcome(60).found.first?.severity == .warning)
        #expect(outcome(300).found.first?.severity == .critical)
        // It is not counted twice.
        let observation = Scene.changed {
            $0.activity = Scene.activity([
                PostgreSQLSession(pid: 7, state: "idle in transaction", transactionAge: 500, stateAge: 500)
            ])
        }
        #expect(PostgreSQLLongTransactionCheck.outcome(observation).isHealthy)
    }

    @Test("a transaction of two minutes")
    func long() {
        func outcome(_ age: Double) -> CheckOutcome {
            PostgreSQLLongTransactionCheck.outcome(
                Scene.changed {
                    $0.activity = Scene.activity([
                        PostgreSQLSession(pid: 7, state: "active", transactionAge: age, statement: "COPY")
                    ])
                })
        }
        #expect(outcome(119).isHealthy)
        #expect(outcome(120).found.first?.summary.contains("now in its COPY") == true)
    }

    @Test("what a role may not see is unmeasured, never healthy")
    func blind() {
        let hidden = PostgreSQLSession(pid: 9, state: nil)
        for seesAll in [false, true] {
            var observation = Scene.healthy(seesAll: seesAll)
            observation.activity = Scene.activity([hidden])
            observation.statements = .available(.init(totals: [], hasHidden: true))
            let report = observation.report(thresholds: [:])
            let blind = Set(report.unmeasured.map(\.id))
            #expect(blind.isSuperset(of: ["pg.lock", "pg.idletx", "pg.longtx", "pg.waits", "pg.slow"]))
            #expect(report.unmeasured.allSatisfy { !$0.remedy.isEmpty })
        }
    }

    @Test("nothing at all could be read: all is unmeasured")
    func nothing() {
        func none<Value>() -> Availability<Value> { .unavailable(reason: "lost", remedy: "again") }
        let report = PostgreSQLObservation(
            address: "x", identity: none(), limits: none(), connections: none(), activity: none(), blocks: none(),
            statements: none(), client: ClientLatency(median: nil, p99: nil, count: 0, network: nil)
        ).report(thresholds: [:])
        #expect(report.findings.isEmpty && report.healthy.isEmpty && report.unmeasured.count == 9)
    }

    @Test("most of the time of active sessions goes to locks")
    func waits() throws {
        let locked = PostgreSQLSession(
            pid: 2, state: "active", waitType: "Lock", wait: "transactionid", blockers: [1], lockWait: 2)
        let working = PostgreSQLSession(pid: 3, state: "active")
        let sick = Scene.changed { $0.activity = Scene.activity(30, [locked, working, working]) }
        #expect(PostgreSQLWaitsCheck.outcome(sick).isHealthy)
        let finding = try #require(
            PostgreSQLWaitsCheck.outcome(
                Scene.changed { $0.activity = Scene.activity(30, [locked, locked, working]) }
            ).found.first)
        #expect(finding.parent == "pg.lock" && finding.summary.contains("(most for transactionid)"))
        #expect(finding.evidence.contains { $0.name == "cpu_ratio" && abs($0.value - 1.0 / 3) < 1e-9 })
        // A timer is nobody's fault, and too few samples tell nothing.
        let asleep = PostgreSQLSession(pid: 3, state: "active", waitType: "Timeout", wait: "PgSleep")
        #expect(PostgreSQLWaitsCheck.outcome(Scene.changed { $0.activity = Scene.activity(30, [asleep]) }).isHealthy)
        #expect(PostgreSQLWaitsCheck.outcome(Scene.changed { $0.activity = Scene.activity(3, [locked]) }).isHealthy)
    }

    @Test("statements are ranked by what came between the snapshots, not by means since ever")
    func slow() throws {
        let first = [
            Scene.statement("old", calls: 1000, time: 9_000_000), Scene.statement("hot", calls: 10, time: 10),
            Scene.statement("reset", calls: 50, time: 5000),
        ]
        let last = [
            Scene.statement("old", calls: 1000, time: 9_000_000), Scene.statement("hot", calls: 20, time: 2010),
            Scene.statement("reset", calls: 1, time: 1), Scene.statement("new", calls: 1, time: 1500),
        ]
        let difference = PostgreSQLStatementTotals.difference(first, last)
        #expect(difference.map(\.key.query) == ["hot", "new", "reset"])
        #expect(difference.first?.mean == 200)
        let found = PostgreSQLSlowCheck.outcome(
            Scene.changed { $0.statements = .available(.init(totals: difference)) }
        ).found
        #expect(found.map(\.severity) == [.warning, .critical])
        #expect(found.first?.summary.hasPrefix("statement hot takes 200") == true, "\(found)")
    }

    @Test("blocks that were not in the cache: weak, and only with enough of them")
    func hit() {
        func outcome(_ hits: Int64, _ reads: Int64) -> CheckOutcome {
            PostgreSQLHitCheck.outcome(Scene.changed { $0.blocks = .available(.init(hits: hits, reads: reads)) })
        }
        #expect(outcome(9_950, 50).isHealthy)
        #expect(outcome(9_800, 200).found.first?.severity == .info)
        #expect(outcome(500, 500).found.first?.severity == .warning)
        #expect(outcome(10, 10).unmeasuredReason?.contains("too few") == true)
        #expect(outcome(-10, 10).unmeasuredReason?.contains("reset") == true)
    }

    @Test("guide A's pools do not fit: 4 × (50 + 20) = 280")
    func pools() throws {
        func outcome(_ pools: [PostgreSQLPool]) -> CheckOutcome {
            PostgreSQLPoolCheck.outcome(Scene.changed { $0.pools = pools })
        }
        let finding = try #require(
            outcome([PostgreSQLPool(name: "web", processes: 4, size: 50, overflow: 20)]).found.first)
        #expect(finding.evidence.first?.value == 183 && finding.severity == .warning)
        #expect(finding.summary.contains("280") && finding.summary.contains("97"))
        #expect(outcome([PostgreSQLPool(name: "web", processes: 1, size: 97)]).isHealthy)
        #expect(!outcome([PostgreSQLPool(name: "web", processes: .max, size: .max, overflow: .max)]).found.isEmpty)
        #expect(outcome([PostgreSQLPool(name: "web", processes: -1, size: 5)]).isHealthy)
    }

    @Test("a number of connections that does not change is taken for a pool, and labelled so")
    func plateaus() throws {
        func outcome(_ counts: [Int], _ application: String = "web") -> CheckOutcome {
            PostgreSQLPoolCheck.outcome(
                Scene.changed { $0.connections = .available(Scene.connections(counts, application: application)) })
        }
        #expect(outcome([20, 20, 20]).isHealthy)
        let finding = try #require(outcome([50, 50, 50]).found.first)
        #expect(finding.severity == .info && finding.summary.contains("inferred"))
        #expect(outcome([50, 50]).unmeasuredReason != nil)
        #expect(outcome([50, 50, 50], "perfdoctor").unmeasuredReason != nil)
    }

    @Test("PgBouncer: who waits long, many who wait, and some who always wait")
    func pgBouncer() {
        func outcome(_ looks: [(waiting: Int, wait: Double)]) -> CheckOutcome {
            var pool = PgBouncerPool(database: "app", user: "web")
            for look in looks { pool.add(waiting: look.waiting, wait: look.wait, servers: 2) }
            return PgBouncerWaitCheck.outcome(
                PgBouncerObservation(
                    address: "x", version: .available("PgBouncer 1.18.0"), pools: .available([pool]),
                    configuration: .available([:])))
        }
        #expect(outcome([(0, 0), (0, 0), (1, 0.1), (0, 0)]).isHealthy)
        #expect(outcome([(1, 1)]).found.first?.severity == .warning)
        #expect(outcome([(1, 15)]).found.first?.severity == .critical)
        #expect(outcome([(20, 0.1), (0, 0), (0, 0)]).found.first?.severity == .warning)
        let sustained = outcome([(4, 0.3), (4, 0.2), (4, 0.4)]).found.first
        #expect(sustained?.summary.hasPrefix("4 clients of app/web wait for one of 2 connections") == true)
    }
}
