import FoundationEssentials
import Glibc
import Testing

/// A PostgreSQL server of a test's own, on a socket in its directory, which ends with it.
final class LivePostgreSQL {
    let home: String
    private let directory: LiveDirectory
    private let server: LiveProcess
    private let port: UInt16

    private static let programs: String? = {
        let folder = "/usr/lib/postgresql"
        guard FileManager.default.fileExists(atPath: folder) else { return nil }
        let versions = Result { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
        guard case .success(let names) = versions, let last = names.last else { return nil }
        return "\(folder)/\(last)/bin"
    }()

    /// Whether there is such a server, and the library to speak with it; the reason is printed when not.
    static let isPossible: Bool = {
        guard let programs, FileManager.default.isExecutableFile(atPath: programs + "/postgres"),
            FileManager.default.isExecutableFile(atPath: programs + "/initdb")
        else {
            print("PostgreSQL, live: skipped: there is no server here; run: apt-get install postgresql")
            return false
        }
        return true
    }()

    /// Servers do not run as root.
    private static var unprivileged: [String] {
        geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    }

    /// What it has written to its log so far.
    var log: String { server.errors }

    /// - Parameter settings: `"name=value"`, besides those that all tests have.
    /// - Throws: when it does not start.
    init(_ settings: [String] = []) throws {
        directory = try LiveDirectory()
        // SAFETY: terminated strings for the duration of each call.
        unsafe chmod(directory.path, 0o755)
        home = directory.path + "/pg"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        unsafe chmod(home, 0o777)
        port = UInt16(20_000 + Int(getpid()) % 10_000)
        let programs = try #require(Self.programs)
        let made = try LiveProcess(
            Self.unprivileged + [
                "\(programs)/initdb", "-D", home + "/data", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8",
                "--wal-segsize=1",
            ], in: directory
        ).wait()
        try #require(made.status == 0, "\(made.errors)")
        // Its owner comes in freely, everybody else with a password.
        let rights = "local all postgres trust\nlocal all all scram-sha-256\n"
        try Data(rights.utf8).write(to: URL(filePath: home + "/hba"))
        unsafe chmod(home + "/hba", 0o644)
        server = try LiveProcess(
            Self.unprivileged + [
                "\(programs)/postgres", "-D", home + "/data", "-k", home, "-p", "\(port)", "-c", "listen_addresses=",
                "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=30", "-c",
                "hba_file=\(home)/hba",
            ] + settings.flatMap { ["-c", $0] }, in: directory)
        for _ in 0..<200 {
            if try psql("SELECT 1").status == 0 { return }
            try #require(!server.isOver, "postgres ended")
            usleep(50_000)
        }
        try #require(Bool(false), "postgres does not answer")
    }

    deinit {
        // A fast shutdown: it ends its processes and gives its shared memory back.
        kill(server.pid, SIGINT)
        _ = server.wait()
    }

    /// An address for libpq.
    func address(user: String = "postgres", password: String? = nil, database: String = "postgres") -> String {
        let secret = password.map { ":\($0)" } ?? ""
        return "postgresql://\(user)\(secret)@/\(database)?host=\(home)&port=\(port)"
    }

    /// Runs commands as the owner.
    @discardableResult
    func psql(_ commands: String, database: String = "postgres") throws -> LiveProcess.Ending {
        try LiveProcess(
            [
                "/usr/bin/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", home, "-p", "\(port)", "-U",
                "postgres", "-d", database, "-c", commands,
            ], in: directory
        ).wait()
    }

    /// A database of its own for one test.
    func newDatabase(_ name: String) throws -> String {
        let made = try psql("CREATE DATABASE \(name)")
        try #require(made.status == 0, "\(made.errors)")
        return name
    }
}
