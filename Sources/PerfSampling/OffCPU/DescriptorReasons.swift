import PerfLinux
import PerfModel

/// What waiting for a descriptor means, by what it refers to and who is at the other end.
///
/// Asked while the thread waits or shortly after; answers hold for half a second, since numbers are used again.
struct DescriptorReasons {
    private struct Key: Hashable {
        var pid: Int32
        var descriptor: Int32
    }

    private struct Known {
        var reason: WaitReason
        var until: UInt64
    }

    /// The peers' ports of one network namespace, by the inode of the socket.
    private struct Sockets {
        var ports: [UInt64: UInt16]
        var readAt: UInt64
    }

    private let proc: ProcFileSystem
    private var known: [Key: Known] = [:]
    private var sockets: [String: Sockets] = [:]

    private static let lifetime: UInt64 = 500_000_000
    private static let mostKnown = 4096
    /// A host may have hundreds of thousands of connections: what lies behind this is not told apart.
    private static let largestTable = 8 << 20

    /// Ports of servers, as they come out of the box; PgBouncer is a database to its client.
    private static let databasePorts: Set<UInt16> = [5432, 5433, 6432, 3306, 33060, 1433, 1521, 27017, 9042, 26257]
    private static let cachePorts: Set<UInt16> = [6379, 6380, 11211, 26379]

    init(proc: ProcFileSystem) {
        self.proc = proc
    }

    mutating func reason(ofDescriptor descriptor: Int32, process pid: Int32, now: UInt64) -> WaitReason {
        guard descriptor >= 0 else { return .unknown }
        let key = Key(pid: pid, descriptor: descriptor)
        if let found = known[key], found.until > now { return found.reason }
        if known.count >= Self.mostKnown { known.removeAll(keepingCapacity: true) }
        let reason = look(at: key, now: now)
        known[key] = Known(reason: reason, until: now &+ Self.lifetime)
        return reason
    }

    private mutating func look(at key: Key, now: UInt64) -> WaitReason {
        guard
            case .success(let target) = Result(catching: { () throws(SystemCallError) in
                try proc.linkTarget(of: "\(key.pid)/fd/\(key.descriptor)")
            })
        else { return .unknown }
        if target.hasPrefix("socket:["), let inode = UInt64(target.dropFirst(8).dropLast()) {
            return reason(ofSocket: inode, process: key.pid, now: now)
        }
        return Self.reason(ofTarget: target)
    }

    /// What a link of /proc/<pid>/fd tells of anything but a socket.
    static func reason(ofTarget target: String) -> WaitReason {
        if target.hasPrefix("/dev/") {
            // A terminal waits for a person.
            let isTerminal = target.hasPrefix("/dev/pts/") || target.hasPrefix("/dev/tty")
            return isTerminal ? .idle : target.hasPrefix("/dev/fuse") ? .idle : .disk
        }
        if target.hasPrefix("/") { return .disk }
        if target.hasPrefix("pipe:") { return .network }
        switch target {
        case "anon_inode:[timerfd]": return .sleep
        case "anon_inode:[eventfd]": return .lock
        case "anon_inode:[eventpoll]", "anon_inode:[signalfd]", "anon_inode:inotify", "anon_inode:[io_uring]":
            return .idle
        default: return .unknown
        }
    }

    private mutating func reason(ofSocket inode: UInt64, process pid: Int32, now: UInt64) -> WaitReason {
        let namespace = Result { () throws(SystemCallError) in try proc.linkTarget(of: "\(pid)/ns/net") }
        let name = if case .success(let link) = namespace { link } else { "\(pid)" }
        var table = sockets[name]
        if table?.ports[inode] == nil, table == nil || table.map({ now &- $0.readAt > Self.lifetime }) == true {
            table = Sockets(ports: readPorts(process: pid), readAt: now)
            sockets[name] = table
        }
        // A socket that is in no table of TCP is a local one, or of another protocol.
        guard let port = table?.ports[inode] else { return .network }
        return Self.reason(ofPeerPort: port)
    }

    static func reason(ofPeerPort port: UInt16) -> WaitReason {
        databasePorts.contains(port) ? .database : cachePorts.contains(port) ? .cache : .network
    }

    private func readPorts(process pid: Int32) -> [UInt64: UInt16] {
        var ports: [UInt64: UInt16] = [:]
        for file in ["tcp", "tcp6"] {
            if case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "\(pid)/net/\(file)", atMost: Self.largestTable)
            }) {
                ports.merge(Self.peerPorts(bytes)) { first, _ in first }
            }
        }
        if case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
            try proc.contents(of: "\(pid)/net/unix", atMost: Self.largestTable)
        }) {
            ports.merge(Self.localServers(bytes)) { first, _ in first }
        }
        return ports
    }

    /// The peer's port of each socket in a table like /proc/net/tcp.
    static func peerPorts(_ bytes: [UInt8]) -> [UInt64: UInt16] {
        var ports: [UInt64: UInt16] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 10)
            guard fields.count > 9, let colon = fields[2].lastIndex(of: UInt8(ascii: ":")),
                let port = UInt16(String(decoding: fields[2][(colon + 1)...], as: UTF8.self), radix: 16),
                let inode = UInt64(String(decoding: fields[9], as: UTF8.self)), inode != 0
            else { continue }
            ports[inode] = port
        }
        return ports
    }

    /// Sockets that are bound to the path of a well-known server, as the port that it stands for.
    ///
    /// The kernel names the path at the server's end only; a client's own end has none and stays a network peer.
    static func localServers(_ bytes: [UInt8]) -> [UInt64: UInt16] {
        var ports: [UInt64: UInt16] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n")).dropFirst() {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 7)
            guard fields.count > 7, let inode = UInt64(String(decoding: fields[6], as: UTF8.self)) else { continue }
            let path = String(decoding: fields[7], as: UTF8.self)
            if path.contains(".s.PGSQL.") { ports[inode] = 5432 }
            if path.hasSuffix("mysqld.sock") { ports[inode] = 3306 }
            if path.contains("redis"), path.hasSuffix(".sock") { ports[inode] = 6379 }
        }
        return ports
    }
}
