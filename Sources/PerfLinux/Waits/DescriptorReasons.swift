import PerfModel

/// What waiting for a descriptor means, by what it refers to and who is at the other end.
///
/// Asked while the thread waits or shortly after; answers hold for half a second, since numbers are used again.
package struct DescriptorReasons {
    struct Key: Hashable {
        var pid: Int32
        var descriptor: Int32
    }

    private struct Known {
        var reason: WaitReason
        var until: UInt64
    }

    /// What is known of one network namespace.
    struct Sockets {
        var peers: TCPPeers
        var readAt: UInt64
        /// Nil where the kernel does not tell.
        var local: LocalSockets?
    }

    let proc: ProcFileSystem
    private var known: [Key: Known] = [:]
    var sockets: [String: Sockets] = [:]
    /// What ``peer(of:arguments:process:now:)`` knows of descriptors.
    var connections: [Key: Connection] = [:]
    /// The same of ``eventLoopWait(_:arguments:process:now:)``, by the descriptor that many are watched with.
    var loops: [Key: EventLoop] = [:]
    private var servers: ServerSockets
    private let ownNamespace: String?

    static let lifetime: UInt64 = 500_000_000
    static let mostKnown = 4096
    /// Network namespaces that are remembered at a time: each takes a descriptor.
    private static let mostNamespaces = 256
    /// A host may have hundreds of thousands of connections: what lies behind this is not told apart.
    private static let largestTable = 8 << 20

    /// Ports of servers, as they come out of the box; PgBouncer is a database to its client.
    private static let databasePorts: Set<UInt16> = [5432, 5433, 6432, 3306, 33060, 1433, 1521, 27017, 9042, 26257]
    private static let cachePorts: Set<UInt16> = [6379, 6380, 11211, 26379]

    package init(proc: ProcFileSystem) {
        self.proc = proc
        servers = ServerSockets(proc: proc)
        let own = Result { () throws(SystemCallError) in try proc.linkTarget(of: "self/ns/net") }
        ownNamespace = if case .success(let link) = own { link } else { nil }
    }

    /// What a wait is for.
    ///
    /// - Parameters:
    ///   - wait: the place in the kernel.
    ///   - arguments: the first two of the system call.
    ///   - pid: the process.
    ///   - now: CLOCK_MONOTONIC, nanoseconds.
    /// - Returns: the reason, ``WaitReason/unknown`` where nothing tells.
    package mutating func reason(
        of wait: KernelWait, arguments: (UInt64, UInt64), process pid: Int32, now: UInt64
    ) -> WaitReason {
        switch wait.cause {
        case .reason(let known):
            return known
        case .descriptor:
            let known = reason(
                ofDescriptor: Int32(truncatingIfNeeded: arguments.0), process: pid, now: now)
            // The descriptor may be closed by now, and it was a socket.
            return known == .unknown && Self.isSocketFunction(wait.function) ? .network : known
        case .poll:
            return reason(ofPolled: arguments, process: pid, now: now)
        }
    }

    private static func isSocketFunction(_ name: String) -> Bool {
        ["sk_", "tcp_", "udp_", "unix_", "inet_", "__skb_"].contains { name.hasPrefix($0) }
    }

    /// One descriptor is a client that waits for its answer; several, or none that can be read, are an event loop.
    private mutating func reason(
        ofPolled arguments: (UInt64, UInt64), process pid: Int32, now: UInt64
    ) -> WaitReason {
        guard arguments.1 == 1 else { return arguments.1 == 0 ? .sleep : .idle }
        guard let descriptor = Self.polled(arguments, process: pid) else { return .idle }
        return reason(ofDescriptor: descriptor, process: pid, now: now)
    }

    /// The only descriptor of a `pollfd` array; nil where there are several, or it cannot be read.
    static func polled(_ arguments: (UInt64, UInt64), process pid: Int32) -> Int32? {
        guard arguments.1 == 1 else { return nil }
        let bytes = RemoteMemory(pid: pid).memory(at: CodeAddress(rawValue: arguments.0), count: 4)
        guard bytes.count == 4 else { return nil }
        return Int32(bitPattern: bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }

    package mutating func reason(ofDescriptor descriptor: Int32, process pid: Int32, now: UInt64) -> WaitReason {
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
        if let inode = Self.inode(ofTarget: target) {
            return reason(ofSocket: inode, process: key.pid, now: now)
        }
        return Self.reason(ofTarget: target)
    }

    /// The number in `socket:[…]`; nil for anything else.
    package static func inode(ofTarget target: String) -> UInt64? {
        target.hasPrefix("socket:[") ? UInt64(target.dropFirst(8).dropLast()) : nil
    }

    /// What a link of /proc/<pid>/fd tells of anything but a socket.
    package static func reason(ofTarget target: String) -> WaitReason {
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

    mutating func reason(ofSocket inode: UInt64, process pid: Int32, now: UInt64) -> WaitReason {
        let namespace = Result { () throws(SystemCallError) in try proc.linkTarget(of: "\(pid)/ns/net") }
        let name = if case .success(let link) = namespace { link } else { "\(pid)" }
        if let peer = tcpPeer(of: inode, namespace: name, process: pid, now: now) {
            // Whoever waits there waits for a client, which is work.
            if peer.isListening { return .idle }
            let reason = Self.reason(ofPeerPort: peer.port)
            guard reason == .network, let other = peer.inode else { return reason }
            return servers.reason(ofOwner: other, now: now) ?? reason
        }
        // A socket that is in no table of TCP is a local one, or of another protocol.
        guard let local = sockets[name]?.local,
            case .success(let socket) = Result(catching: { () throws(SystemCallError) in try local.socket(inode) })
        else { return .network }
        if socket.isListening { return .idle }
        guard let peer = socket.peer else { return .network }
        if case .success(let server) = Result(catching: { () throws(SystemCallError) in try local.socket(peer) }),
            let reason = Self.reason(ofPeerPath: server.path)
        {
            return reason
        }
        return servers.reason(ofOwner: peer, now: now) ?? .network
    }

    package static func reason(ofPeerPort port: UInt16) -> WaitReason {
        databasePorts.contains(port) ? .database : cachePorts.contains(port) ? .cache : .network
    }

    /// What the path of a local socket says about its server; nil where it may be any.
    package static func reason(ofPeerPath path: String) -> WaitReason? {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        if name.hasPrefix(".s.PGSQL.") || name.hasPrefix("mysql") || name.hasPrefix("mongodb-") { return .database }
        if name.hasPrefix("redis") || name.hasPrefix("valkey") || name.hasPrefix("memcached") { return .cache }
        return nil
    }

    mutating func tcpPeer(
        of inode: UInt64, namespace: String, process pid: Int32, now: UInt64
    ) -> TCPPeers.Peer? {
        if let known = sockets[namespace], known.peers[inode] != nil || now &- known.readAt <= Self.lifetime {
            return known.peers[inode]
        }
        if sockets.count >= Self.mostNamespaces { sockets.removeAll() }
        var peers = TCPPeers()
        for file in ["tcp", "tcp6"] {
            if case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "\(pid)/net/\(file)", atMost: Self.largestTable)
            }) {
                peers.add(bytes)
            }
        }
        var local = sockets[namespace]?.local
        if local == nil {
            let asked = Result { () throws(SystemCallError) in
                try LocalSockets(ofProcess: namespace == ownNamespace ? nil : pid)
            }
            if case .success(let opened) = asked { local = opened }
        }
        sockets[namespace] = Sockets(peers: peers, readAt: now, local: local)
        return peers[inode]
    }
}
