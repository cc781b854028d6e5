import FoundationEssentials
import PerfModel
import Testing

@testable import PerfProbes

/// Answers of real servers of other versions than the tests have: Fixtures/postgresql.
@Suite("PostgreSQL, recorded")
struct PostgreSQLRecordedTests {
    private typealias Answers = [String: [[String?]]]

    private static func answers(_ version: String) throws -> Answers {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/postgresql/postgresql-\(version).json")
        return try JSONDecoder().decode(Answers.self, from: Data(contentsOf: file))
    }

    @Test("a chain of locks is found in what the version says", arguments: ["16.14", "18.4"])
    func lockChain(version: String) throws {
        let answers = try Self.answers(version)
        func rows(_ statement: String) throws -> [[String?]] { try #require(answers[statement]) }
        let identity = try #require(PostgreSQLIdentity(try rows("identity")))
        #expect(identity.version == version && !identity.isReplica && identity.seesAll && identity.knowsLockWaits)
        let limits = try #require(PostgreSQLLimits(try rows("settings")))
        #expect(limits.usable == 97)
        var sessions = try rows("sessions").compactMap { PostgreSQLSession($0) }
        #expect(sessions.count == 3)
        for row in try rows("lockWaits") {
            let pid = try #require(row[0].flatMap { Int32($0) })
            for index in sessions.indices where sessions[index].pid == pid {
                sessions[index].lockWait = row[1].flatMap { Double($0) }
            }
        }
        let holder = try #require(sessions.first { $0.state == "idle in transaction" })
        let chain = try #require(PostgreSQLLockChain.all(sessions).first)
        #expect(chain.path.first == holder.pid && chain.path.count == 3 && chain.waiting == 2)
        var connections = PostgreSQLConnections()
        connections.add(try rows("connections"))
        let observation = PostgreSQLScene.changed {
            $0.identity = .available(identity)
            $0.limits = .available(limits)
            $0.connections = .available(connections)
            $0.activity = PostgreSQLScene.activity(sessions)
        }
        let finding = try #require(PostgreSQLLockCheck.outcome(observation).found.first)
        #expect(finding.summary.contains("held by pid \(holder.pid) (web), idle in transaction"), "\(finding.summary)")
        #expect(PostgreSQLConnectionsCheck.outcome(observation).isHealthy)
        // Three seconds are no long transaction yet.
        #expect(PostgreSQLIdleTransactionCheck.outcome(observation).isHealthy)
        #expect(try rows("database").first?.compactMap { $0.flatMap { Int64($0) } }.count == 2)
        // The servers have no such extension.
        #expect(try rows("statementsCatalog") == [[nil]])
    }
}
