import Glibc
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// Users, secrets, and what perfdoctor says to a server.
@Suite(
    "Redis, safety", .serialized, .timeLimit(.minutes(15)), .enabled(if: RedisLiveServer.isPossible, "see above"))
struct RedisAccessTests {
    /// All that may ever be said, as MONITOR shows it.
    private static let allowed: Set<String> = [
        "ping", "select", "info all", "slowlog get 128", "latency histogram PING", "latency latest", "client list",
        "config get maxmemory*", "config get maxclients", "config get slowlog-*", "config get latency-*",
        "exists rq:queues rq:workers",
    ]

    @Test("nothing is said to a server but what is on the list, whatever is wrong with it")
    func commands() throws {
        // MONITOR leaves out what administrators do; a slow log that keeps all commands does not.
        let server = try RedisLiveServer([
            "--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru", "--slowlog-log-slower-than", "0",
            "--slowlog-max-len", "100000",
        ])
        let other = try server.client()
        try other.run("SELECT", "2")
        try other.run("SADD", "rq:queues", "x")
        let monitor = try server.client()
        try monitor.run("MONITOR")
        _ = try RedisLook(server.url(database: 1))
        try server.run("ECHO", "the end")
        var log = ""
        while !log.contains("the end") { log += try #require(try monitor.reply().text) + "\n" }
        for line in log.split(separator: "\n") where !line.contains("the end") {
            // `1700000000.123456 [0 unix:/path] "INFO" "all"`
            let words = line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
            #expect(Self.allowed.contains(Self.normal(words)), "\(line)")
        }
        let entries = try #require(try server.run("SLOWLOG", "GET", "-1").elements)
        let all = entries.compactMap { $0.elements?[3].elements?.compactMap(\.text) }.map(Self.normal)
        #expect(all.count > 250)
        let own: Set<String> = ["sadd rq:queues x", "monitor", "echo the end"]
        #expect(Set(all).subtracting(own) == Self.allowed)
        // The server's own count says the same.
        let info = try #require(try server.run("INFO", "all").text.map { RedisInfo($0) })
        let known: Set<String> = [
            "ping", "select", "info", "slowlog|get", "latency|histogram", "latency|latest", "client|list", "config|get",
            "exists", "sadd", "monitor", "echo",
        ]
        #expect(Set(info.commands.keys).isSubset(of: known), "\(info.commands.keys)")
    }

    /// A command as the list has it, for whatever numbers.
    private static func normal(_ words: [String]) -> String {
        let name = words[0].lowercased()
        if name == "select" { return name }
        guard words.count > 1, ["slowlog", "latency", "client", "config"].contains(name) else {
            return ([name] + words.dropFirst()).joined(separator: " ")
        }
        return ([name, words[1].lowercased()] + words.dropFirst(2)).joined(separator: " ")
    }

    @Test("a user who may do nothing but PING is blind, and says what to grant; nothing is healthy for it")
    func restricted() throws {
        let server = try RedisLiveServer()
        try server.run("ACL", "SETUSER", "probe", "on", ">hunter2", "resetkeys", "-@all", "+ping", "+select")
        let look = try RedisLook(server.url(credentials: "probe:hunter2@"), thresholds: RedisLook.patient)
        #expect(look.report.findings.isEmpty && look.report.healthy.map(\.id) == ["rd.rtt"], "\(look.report)")
        #expect(look.report.unmeasured.count == 10)
        for one in look.report.unmeasured {
            #expect(one.reason.contains("NOPERM") && one.remedy.contains("ACL SETUSER"), "\(one)")
        }
        #expect(look.reason("rd.slow")?.contains("SLOWLOG") == true)
    }

    @Test("without CONFIG, as with providers, the rest goes on")
    func withoutConfig() throws {
        let server = try RedisLiveServer(["--maxmemory", "50mb", "--rename-command", "CONFIG", ""])
        let look = try RedisLook(server.url())
        #expect(look.isHealthy("rd.clients") && look.isHealthy("rd.maxmemory") && look.isHealthy("rd.evict"))
        // An empty log says nothing when nobody knows what it keeps.
        #expect(look.reason("rd.slow")?.contains("not to be seen") == true)
    }

    @Test("a slow log without permission is not an empty one")
    func withoutSlowLog() throws {
        let server = try RedisLiveServer()
        try server.run("ACL", "SETUSER", "probe", "on", ">hunter2", "~*", "+@all", "-slowlog")
        let look = try RedisLook(server.url(credentials: "probe:hunter2@"))
        #expect(look.reason("rd.slow")?.contains("NOPERM") == true)
    }

    @Test(
        "who is not let in is told why, and no text has the password",
        arguments: [
            ("", "NOAUTH"), ("probe:wrong-hunter3@", "WRONGPASS"), ("nobody:hunter3@", "WRONGPASS"),
        ])
    func authentication(credentials: String, code: String) throws {
        let server = try RedisLiveServer(["--requirepass", "hunter2"], isAwaited: false)
        let target = try #require(try targets(server, credentials).first)
        var failure: ProbeFailure?
        for _ in 0..<200 {
            failure = #expect(throws: ProbeFailure.self) {
                try target.connect(before: RedisLook.soon(2)).ask(before: RedisLook.soon(2))
            }
            guard failure?.kind == .unreachable || failure?.kind == .refused else { break }
            usleep(20_000)
        }
        let found = try #require(failure)
        #expect(found.kind == .authentication && found.summary.contains(code), "\(found)")
        #expect(!"\(found)\(target.url)\(target.address)".contains("hunter"))
        #expect(found.remedy?.contains("REDISCLI_AUTH") == true)
    }

    private func targets(_ server: RedisLiveServer, _ credentials: String) throws -> [any ProbeTarget] {
        try RedisTarget.targets(
            of: ServerURL(server.url(credentials: credentials)), environment: { _ in nil }, before: RedisLook.soon(5))
    }

    @Test("REDISCLI_AUTH is used, unless the URL has a password, and is needless where the server has none")
    func environment() throws {
        let server = try RedisLiveServer()
        let url = try ServerURL(server.url())
        let environment: (String) -> String? = { $0 == "REDISCLI_AUTH" ? "hunter2" : nil }
        let target = try #require(
            try RedisTarget.targets(of: url, environment: environment, before: RedisLook.soon(5)).first)
        let observer = try #require(target.observer())
        try observer.begin(before: RedisLook.soon(5))
        let report = observer.finish(
            before: RedisLook.soon(5), client: ClientLatency(median: nil, p99: nil, count: 0, network: nil),
            thresholds: [:])
        #expect(report.facts.contains { $0.name == "password" } && !"\(report)".contains("hunter2"))
        try server.run("CONFIG", "SET", "requirepass", "hunter2")
        #expect(try target.connect(before: RedisLook.soon(5)).connecting.map(\.name) == ["connect", "auth"])
        let named = try ServerURL(server.url(credentials: ":other@"))
        let other = try #require(
            try RedisTarget.targets(of: named, environment: environment, before: RedisLook.soon(5)).first)
        let failure = #expect(throws: ProbeFailure.self) { try other.connect(before: RedisLook.soon(2)) }
        #expect(failure?.kind == .authentication)
    }

    @Test("no output has a password, an argument of a slow command, or a value")
    func secrets() throws {
        let server = try RedisLiveServer()
        try server.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        try server.run("ACL", "SETUSER", "probe", "on", ">hunter2", "~*", "+@all")
        let look = try RedisLook(
            server.url(credentials: "probe:hunter2@"), rate: 20,
            during: { [path = server.socketPath] in
                guard let client = RedisRawClient(path: path) else { return }
                _ = Result { try client.run("SET", "session:secret-key", "secret-value") }
                _ = Result { try client.run("NOSUCHCOMMAND", "secret-argument") }
                _ = Result { try client.run("DEBUG", "SLEEP", "0.1") }
            })
        #expect(!look.findings("rd.slow").isEmpty)
        #expect(!look.text.contains("hunter2") && !look.text.contains("secret-"), "\(look.text)")
    }

    @Test("a database that is not there is said to be so")
    func noDatabase() throws {
        let server = try RedisLiveServer()
        let target = try #require(
            try RedisTarget.targets(of: ServerURL(server.url(database: 99)), before: RedisLook.soon(5)).first)
        let failure = #expect(throws: ProbeFailure.self) { try target.connect(before: RedisLook.soon(2)) }
        #expect(failure?.kind == .denied && failure?.summary.contains("DB index") == true)
    }
}
