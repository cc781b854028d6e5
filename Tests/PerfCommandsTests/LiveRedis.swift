import FoundationEssentials
import Glibc
import Testing

/// A Redis of a test's own, on a socket in its directory and a port of 127.0.0.1, which ends with it.
final class LiveRedis {
    let directory: LiveDirectory
    let socket: String
    let port: UInt16
    let server: LiveProcess
    private let password: String?

    /// Whether there is such a server, and the library to speak with it; the reason is printed when not.
    static let isPossible: Bool = {
        for path in ["/usr/bin/redis-server", "/usr/bin/redis-cli"]
        where !FileManager.default.isExecutableFile(atPath: path) {
            print("probe, live: skipped: \(path) is not here; run: apt-get install redis-server redis-tools")
            return false
        }
        return true
    }()

    /// - Parameters:
    ///   - settings: of its command line.
    ///   - password: of its default user; none unless given.
    /// - Throws: when it does not start.
    init(_ settings: [String] = [], password: String? = nil) throws {
        directory = try LiveDirectory()
        socket = directory.path + "/redis.sock"
        port = try LiveSocket(backlog: 1).port
        self.password = password
        // Whatever becomes of the test, the server is gone after two minutes.
        server = try LiveProcess(
            [
                "/usr/bin/timeout", "-k", "2", "120", "/usr/bin/redis-server", "--port", "\(port)", "--bind",
                "127.0.0.1", "--unixsocket", socket, "--dir", directory.path, "--save", "",
            ] + (password.map { ["--requirepass", $0] } ?? []) + settings, in: directory)
        for _ in 0..<400 {
            if try cli("PING").contains("PONG") { return }
            try #require(!server.isOver, "redis-server ended: \(server.output)")
            usleep(20_000)
        }
        try #require(Bool(false), "redis-server does not answer")
    }

    deinit {
        kill(server.pid, SIGTERM)
        _ = server.wait()
    }

    /// The server itself, under `timeout`.
    var pid: Int32 {
        get throws {
            let children = try String(
                contentsOfFile: "/proc/\(server.pid)/task/\(server.pid)/children", encoding: .utf8)
            return try #require(children.split(separator: " ").first.flatMap { Int32($0) })
        }
    }

    /// What a command answers.
    @discardableResult
    func cli(_ words: String...) throws -> String {
        let environment = ["PATH=/usr/bin:/bin"] + (password.map { ["REDISCLI_AUTH=\($0)"] } ?? [])
        return try LiveProcess(
            ["/usr/bin/redis-cli", "-s", socket] + words, in: directory, environment: environment
        ).wait().text
    }
}

/// A socket of 127.0.0.1 that listens and never answers.
final class LiveSocket {
    let port: UInt16
    private let listener: Int32
    private var clients: [Int32] = []

    /// - Parameter backlog: connections that the kernel makes for nobody.
    /// - Throws: when there is none.
    init(backlog: Int32) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(listener >= 0)
        self.listener = listener
        var address = Self.address(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: an address that outlives the calls, of the size that is said.
        let made = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                unsafe bind(listener, general, size) == 0 && listen(listener, backlog) == 0
                    && getsockname(listener, general, &size) == 0
            }
        }
        try #require(made)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit {
        for client in clients { close(client) }
        close(listener)
    }

    /// Fills the backlog: whoever connects now gets no answer at all, as behind a firewall that drops.
    func fill() {
        for _ in 0..<64 {
            let client = socket(
                AF_INET,
                Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            guard client >= 0 else { return }
            clients.append(client)
            var address = Self.address(port: port)
            // SAFETY: an address that outlives the call, of the size that is said.
            _ = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                    unsafe connect(client, general, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        usleep(50_000)
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
