import FoundationEssentials
import PerfModel
import PerfProbes
import Testing

@testable import PerfClients

/// Observations of servers that were recorded, with some fields changed.
struct RedisScene {
    /// Fields of INFO at the beginning and ten seconds later; others are as recorded.
    var first: [String: String] = [:]
    var last: [String: String] = [:]
    var recording = "7.0.15"
    var seconds = 10.0
    var slow: [RedisSlowEntry] = []
    var settings: [String: String]? = [
        "slowlog-log-slower-than": "10000", "slowlog-max-len": "128", "maxclients": "10000",
    ]
    var clients: RedisClients? = RedisClients("id=1 addr=127.0.0.1:5000 flags=N idle=0 obl=0 omem=0")
    var queueDatabases: [Int]? = []
    var memoryLimit: UInt64? = 8 << 30
    var client = ClientLatency(median: 200_000, p99: 800_000, count: 1000, network: 100_000)
    var isUnixSocket = false
    var isInfoDenied = false
    var ownCommands: UInt64 = 0

    static let denied =
        "127.0.0.1:6379 answered INFO all: NOPERM this user has no permissions to run the 'info' command"

    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/redis")

    static func text(_ name: String) throws -> String {
        try String(contentsOf: directory.appending(path: "info-\(name).txt"), encoding: .utf8)
    }

    /// The text with fields changed; those that it lacks are added.
    static func changed(_ text: String, _ fields: [String: String]) -> String {
        var fields = fields
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            let name = String(line.prefix { $0 != ":" })
            guard let value = fields.removeValue(forKey: name) else { return String(line) }
            return "\(name):\(value)"
        }
        lines += fields.map { "\($0.key):\($0.value)" }
        return lines.joined(separator: "\n")
    }

    func observation() throws -> RedisObservation {
        let text = try Self.text(recording)
        func snapshot(_ fields: [String: String], at seconds: Double) -> RedisSnapshot {
            RedisSnapshot(
                takenAt: UInt64(1e9 + seconds * 1e9),
                info: isInfoDenied
                    ? .unavailable(reason: Self.denied, remedy: "ACL SETUSER name +info: it only reads")
                    : .available(RedisInfo(Self.changed(text, fields))),
                pingHistogram: .unavailable(reason: "not asked", remedy: nil))
        }
        var log = RedisSlowLog(before: [RedisSlowEntry(id: 0, microseconds: 20_000, command: "GET", argumentCount: 1)])
        log.add(slow)
        return RedisObservation(
            address: "10.0.0.5:6379", isHere: isUnixSocket, isUnixSocket: isUnixSocket, first: snapshot(first, at: 0),
            last: snapshot(first.merging(last) { $1 }, at: seconds), slowLog: .available(log),
            clients: clients.map { .available($0) } ?? .unavailable(reason: "denied", remedy: nil),
            settings: settings.map { .available($0) } ?? .unavailable(reason: "denied", remedy: nil),
            events: .available([]),
            queueDatabases: queueDatabases.map { .available($0) } ?? .unavailable(reason: "denied", remedy: nil),
            memoryLimit: memoryLimit.map { RedisMemoryLimit(bytes: $0, source: .host) }, hasHugePages: nil,
            client: client, connecting: nil, ownCommands: ownCommands)
    }

    func report() throws -> ServerReport { try observation().report(thresholds: [:]) }

    func findings(_ id: String) throws -> [Finding] { try report().findings.filter { $0.id == id } }
    func isHealthy(_ id: String) throws -> Bool { try report().healthy.contains { $0.id == id } }
    func reason(_ id: String) throws -> String? { try report().unmeasured.first { $0.id == id }?.reason }
}
