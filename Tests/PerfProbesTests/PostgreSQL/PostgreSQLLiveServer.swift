import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// A program of a test's own that ends with it, and after two minutes whatever becomes of the test.
final class LiveProgram {
    private let process: LaunchedProcess

    init(_ arguments: [String], log: String) throws {
        process = try LaunchedProcess(
            arguments: ["/bin/sh", "-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1", "sh", log]
                + ["/usr/bin/timeout", "-k", "5", "-s", "INT", "120"] + arguments)
        try process.start()
    }

    var isOver: Bool { get throws { try process.poll() } }
    var isSuccess: Bool { process.ending?.isSuccess ?? false }

    /// Waits until it ends by itself.
    func wait() throws -> Bool {
        for _ in 0..<6000 where try !process.poll() { usleep(10_000) }
        return isSuccess
    }

    /// A fast shutdown, and its end; `timeout` hands the signal on.
    func end(_ signal: Int32 = SIGINT) {
        process.send(signal: signal)
        for _ in 0..<1000 {
            guard case .success(false) = Result(catching: { () throws(SystemCallError) in try process.poll() }) else {
                return
            }
            usleep(10_000)
        }
    }

    deinit { end() }
}

/// A PostgreSQL of a test's own, on a socket in a directory of its own and on a port of 127.0.0.1.
final class PostgreSQLLiveServer {
    let directory: String
    let port: UInt16
    private let data: String
    private var program: LiveProgram?

    static let programs: String? = {
        let folder = "/usr/lib/postgresql"
        let names = Result { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }.successOr([])
        return names.last.map { "\(folder)/\($0)/bin" }
    }()

    /// Whether there is a server, and the library to speak with it; the reason is printed when not.
    static let isPossible: Bool = {
        guard let programs, FileManager.default.isExecutableFile(atPath: programs + "/initdb") else {
            print("PostgreSQL, live: skipped: there is no server here; run: apt-get install postgresql")
            return false
        }
        return true
    }()

    static let hasPgBouncer: Bool = {
        if FileManager.default.isExecutableFile(atPath: "/usr/sbin/pgbouncer") { return true }
        print("PgBouncer, live: skipped: run: apt-get install pgbouncer")
        return false
    }()

    /// Servers do not run as root.
    static var unprivileged: [String] {
        geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    }

    /// A directory that everybody may write to.
    static func newDirectory() throws -> String {
        var template = Array("/tmp/perfdoctor-pg-XXXXXX".utf8CString)
        // SAFETY: the template is terminated and ours.
        try #require(unsafe mkdtemp(&template) != nil)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // SAFETY: a terminated text for the duration of the call.
        try #require(unsafe chmod(path, 0o777) == 0)
        return path
    }

    /// - Parameters:
    ///   - settings: `"name=value"`.
    ///   - primary: whose replica it is; a server with a database of its own unless given.
    /// - Throws: when it cannot be started.
    init(_ settings: [String] = [], replicaOf primary: PostgreSQLLiveServer? = nil) throws {
        let programs = try #require(Self.programs)
        directory = try Self.newDirectory()
        port = try RedisLiveServer.freePort()
        data = directory + "/data"
        let making =
            if let primary {
                [
                    "\(programs)/pg_basebackup", "-D", data, "-h", primary.directory, "-p", "\(primary.port)", "-U",
                    "postgres", "-R", "-X", "stream", "-c", "fast", "--no-sync",
                ]
            } else {
                [
                    "\(programs)/initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8",
                    "--wal-segsize=1",
                ]
            }
        let made = try LiveProgram(Self.unprivileged + making, log: directory + "/making")
        try #require(try made.wait(), "\(text("making"))")
        // Its owner comes in freely through the socket, everybody else with a password; one user with TLS alone.
        try write(
            """
            local all,replication postgres trust
            local all all scram-sha-256
            hostssl all tlsonly 127.0.0.1/32 scram-sha-256
            host all watcher,plain 127.0.0.1/32 scram-sha-256

            """, to: "hba")
        let all =
            [
                "listen_addresses=127.0.0.1", "unix_socket_directories=\(directory)", "port=\(port)", "fsync=off",
                "shared_buffers=16MB", "max_connections=100", "hba_file=\(directory)/hba", "deadlock_timeout=60s",
                "autovacuum=off", "log_line_prefix=%a|%u|%d| ",
            ] + settings
        program = try LiveProgram(
            Self.unprivileged + ["\(programs)/postgres", "-D", data] + all.flatMap { ["-c", $0] },
            log: directory + "/log")
        for _ in 0..<400 {
            if case .success = Result(catching: { try self.owner() }) { break }
            try #require(try program?.isOver == false, "\(text("log"))")
            usleep(50_000)
        }
        guard primary == nil else { return }
        let owner = try self.owner()
        try owner.run("CREATE ROLE watcher LOGIN PASSWORD 'hunter2' IN ROLE pg_monitor")
        try owner.run("CREATE ROLE plain LOGIN PASSWORD 'hunter2'")
        try owner.run("CREATE ROLE tlsonly LOGIN PASSWORD 'hunter2'")
        try owner.run("CREATE TABLE t (id int PRIMARY KEY, v int)")
        try owner.run("INSERT INTO t SELECT i, 0 FROM generate_series(1, 10) i")
        try owner.run("GRANT ALL ON t TO watcher, plain")
    }

    deinit {
        program?.end()
        // Its files are another user's; a directory of ours may be removed all the same by root, or by whom it runs as.
        guard case .success = Result(catching: { try FileManager.default.removeItem(atPath: directory) }) else {
            return print("could not remove \(directory)")
        }
    }

    func write(_ text: String, to name: String) throws {
        let path = "\(directory)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path))
        // SAFETY: a terminated text for the duration of the call.
        try #require(unsafe chmod(path, 0o644) == 0)
    }

    func text(_ name: String) -> String {
        Result { try String(contentsOf: URL(filePath: "\(directory)/\(name)"), encoding: .utf8) }.successOr("")
    }

    /// The URL of its socket, as libpq takes it.
    func socketURL(_ credentials: String = "postgres", database: String = "postgres") -> String {
        "postgresql://\(credentials)@/\(database)?host=\(directory)&port=\(port)"
    }

    /// The URL of its port.
    func url(_ credentials: String = "watcher:hunter2", database: String = "postgres", query: String = "") -> String {
        "postgresql://\(credentials)@127.0.0.1:\(port)/\(database)\(query)"
    }

    /// A connection of a test, in the name of `application`.
    func client(_ credentials: String = "postgres", application: String = "fault") throws -> PostgreSQLConnection {
        try PostgreSQLConnection(
            to: PostgreSQLAddress(socketURL(credentials) + "&application_name=\(application)"),
            limits: .init(connecting: .seconds(10), answering: .seconds(60)))
    }

    func owner() throws -> PostgreSQLConnection { try client(application: "owner") }
}

/// A target that is asked on a schedule while its server is looked into, as a probe does it.
struct PostgreSQLLook {
    let report: ServerReport
    let connecting: [ProbePhase]
    let median: UInt64

    /// - Parameters:
    ///   - url: of the target.
    ///   - seconds: to ask for.
    ///   - thresholds: instead of the checks' own.
    /// - Throws: when the target cannot be asked.
    init(_ url: String, seconds: Double = 1.5, thresholds: [String: CheckThreshold] = [:]) throws {
        let target = try Self.target(url)
        let prober = try target.connect(before: RedisLook.soon(10))
        connecting = prober.connecting
        let observer = try #require(target.observer())
        try observer.begin(before: RedisLook.soon(10))
        var latencies: [UInt64] = []
        let end = RedisLook.soon(seconds)
        repeat {
            let answer = try prober.ask(before: RedisLook.soon(10))
            latencies.append(answer.receivedAt - answer.sentAt)
            observer.look(before: RedisLook.soon(10))
            usleep(20_000)
        } while MonotonicClock.nanoseconds < end
        median = latencies.sorted()[latencies.count / 2]
        let client = ClientLatency(median: median, p99: nil, count: latencies.count, network: nil)
        report = observer.finish(before: RedisLook.soon(10), client: client, thresholds: thresholds)
    }

    static func target(_ url: String) throws -> any ProbeTarget {
        let url = try ServerURL(url)
        let kind = try #require(ProbeTargets.all.first { $0.schemes.contains(url.scheme) })
        return try #require(try kind.targets(of: url, before: RedisLook.soon(5)).first)
    }

    func findings(_ id: String) -> [Finding] { report.findings.filter { $0.id == id } }
    func isHealthy(_ id: String) -> Bool { report.healthy.contains { $0.id == id } }
    func reason(_ id: String) -> String? { report.unmeasured.first { $0.id == id }?.reason }
    func fact(_ name: String) -> String? { report.facts.first { $0.name == name }?.value }
}
