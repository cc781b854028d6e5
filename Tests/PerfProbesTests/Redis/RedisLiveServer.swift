import FoundationEssentials
import Glibc
import PerfLinux
import PerfModel
import Testing

@testable import PerfClients

/// A Redis of a test's own, on a socket in a directory of its own, and on ports where it is told to.
final class RedisLiveServer {
    let directory: String
    let pid: Int32
    private let process: LaunchedProcess

    /// Whether there is a server, and the library to speak with it; the reason is printed when not.
    static let isPossible: Bool = {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/redis-server") else {
            print("Redis, live: skipped: there is no server here; run: apt-get install redis-server")
            return false
        }
        guard RedisReader() != nil else {
            print("Redis, live: skipped: hiredis is not installed; run: apt-get install libhiredis0.14")
            return false
        }
        return true
    }()

    /// A directory that goes with who made it.
    static func newDirectory() throws -> String {
        var template = Array("/tmp/perfdoctor-redis-XXXXXX".utf8CString)
        // SAFETY: the template is terminated and ours.
        try #require(unsafe mkdtemp(&template) != nil)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A port of 127.0.0.1 that was free a moment ago.
    static func freePort() throws -> UInt16 { try RedisFakeServer().port }

    /// - Parameters:
    ///   - settings: of its command line, without what is set here.
    ///   - directory: to be run in; a new one unless given.
    ///   - isAwaited: whether to wait until it answers PING.
    /// - Throws: when it cannot be started.
    init(_ settings: [String] = [], in directory: String? = nil, isAwaited: Bool = true) throws {
        self.directory = try directory ?? Self.newDirectory()
        // Whatever becomes of the test, the server is gone after two minutes.
        process = try LaunchedProcess(
            arguments: [
                "/usr/bin/timeout", "-k", "2", "120", "/usr/bin/redis-server", "--port", "0", "--unixsocket",
                self.directory + "/redis.sock", "--dir", self.directory, "--logfile", self.directory + "/log", "--save",
                "", "--enable-debug-command", "yes", "--proc-title-template", "redis-server",
            ] + settings)
        try process.start()
        pid = process.pid
        guard isAwaited else { return }
        for _ in 0..<400 {
            if let client = RedisRawClient(path: socketPath), case .status = try client.run("PING") { return }
            try #require(try !process.poll(), "redis-server ended")
            usleep(20_000)
        }
        try #require(Bool(false), "redis-server does not answer")
    }

    deinit {
        process.send(signal: SIGTERM)
        for _ in 0..<500 {
            guard case .success(false) = Result(catching: { () throws(SystemCallError) in try process.poll() }) else {
                break
            }
            usleep(10_000)
        }
        guard case .success = Result(catching: { try FileManager.default.removeItem(atPath: directory) }) else {
            return print("could not remove \(directory)")
        }
    }

    var socketPath: String { directory + "/redis.sock" }

    var log: String {
        (Result { try String(contentsOf: URL(filePath: directory + "/log"), encoding: .utf8) }).successOr("")
    }

    /// The URL of its socket.
    func url(credentials: String = "", database: Int = 0) -> String {
        "redis+unix://\(credentials)\(socketPath)?db=\(database)"
    }

    func client() throws -> RedisRawClient { try #require(RedisRawClient(path: socketPath)) }

    /// Runs one command on a connection of its own.
    @discardableResult
    func run(_ words: String...) throws -> RedisReply { try client().run(words) }
}

extension Result {
    func successOr(_ other: Success) -> Success {
        guard case .success(let value) = self else { return other }
        return value
    }
}
