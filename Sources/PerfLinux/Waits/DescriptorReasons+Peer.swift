import PerfModel

extension DescriptorReasons {
    /// What is known of a socket for half a second: all but who spoke last.
    struct Connection {
        /// Nil for a descriptor that is no connection.
        var peer: WaitPeer?
        var inode: UInt64
        /// Of TCP.
        var ends: TCPEnds?
        var namespace: String
        var until: UInt64
    }

    /// Message brokers: who has taken a message and said so waits for the next one, which is work.
    static let brokerPorts: Set<UInt16> = [1883, 4222, 5671, 5672, 6650, 8883, 9092, 61613, 61616]

    /// Who is at the other end of the connection that a thread waits for.
    ///
    /// - Parameters:
    ///   - wait: the place in the kernel.
    ///   - arguments: the first two of the system call.
    ///   - pid: the process.
    ///   - now: CLOCK_MONOTONIC, nanoseconds.
    /// - Returns: nil for a wait that is for no connection, or for one whose ends are not told.
    package mutating func peer(
        of wait: KernelWait, arguments: (UInt64, UInt64), process pid: Int32, now: UInt64
    ) -> WaitPeer? {
        let descriptor: Int32? =
            switch wait.cause {
            case .reason: nil
            case .descriptor: Int32(truncatingIfNeeded: arguments.0)
            case .poll: Self.polled(arguments, process: pid)
            }
        guard let descriptor, descriptor >= 0 else { return nil }
        let key = Key(pid: pid, descriptor: descriptor)
        let connection: Connection
        if let found = connections[key], found.until > now {
            connection = found
        } else {
            if connections.count >= Self.mostKnown { connections.removeAll(keepingCapacity: true) }
            guard let found = self.connection(key, now: now) else { return nil }
            connections[key] = found
            connection = found
        }
        guard var peer = connection.peer, peer.isDialled, let ends = connection.ends else { return connection.peer }
        if Self.brokerPorts.contains(ends.remote.port) {
            peer.owesAnswer = false
        } else if ends.isConnecting {
            peer.owesAnswer = true
        } else if let asked = sockets[connection.namespace]?.local,
            case .success(let age) = Result(catching: { () throws(SystemCallError) in
                try asked.millisecondsSinceQuestion(ends, inode: connection.inode)
            })
        {
            peer.owesAnswer = age != nil
        }
        return peer
    }

    private mutating func connection(_ key: Key, now: UInt64) -> Connection? {
        guard
            case .success(let target) = Result(catching: { () throws(SystemCallError) in
                try proc.linkTarget(of: "\(key.pid)/fd/\(key.descriptor)")
            }), let inode = Self.inode(ofTarget: target),
            case .success(let namespace) = Result(catching: { () throws(SystemCallError) in
                try proc.linkTarget(of: "\(key.pid)/ns/net")
            })
        else { return nil }
        var found = Connection(
            peer: nil, inode: inode, ends: nil, namespace: namespace, until: now &+ Self.lifetime)
        if tcpPeer(of: inode, namespace: namespace, process: key.pid, now: now) != nil {
            guard let tables = sockets[namespace]?.peers, let ends = tables.ends(inode) else { return found }
            found.ends = ends
            found.peer = WaitPeer(
                address: "\(ends.remote)", isDialled: tables.isDialled(inode), owesAnswer: nil)
            return found
        }
        found.peer = localPeer(of: inode, namespace)
        return found
    }

    /// Of a local socket: the end that was accepted has the path of the server, the other one none.
    private func localPeer(of inode: UInt64, _ namespace: String) -> WaitPeer? {
        guard let local = sockets[namespace]?.local,
            case .success(let own) = Result(catching: { () throws(SystemCallError) in try local.socket(inode) }),
            let other = own.peer,
            case .success(let server) = Result(catching: { () throws(SystemCallError) in try local.socket(other) })
        else { return nil }
        guard own.path.isEmpty || !server.path.isEmpty else {
            return WaitPeer(address: own.path, isDialled: false, owesAnswer: nil)
        }
        // A pair of sockets has no path at either end, and nobody opened it.
        return server.path.isEmpty ? nil : WaitPeer(address: server.path, isDialled: own.path.isEmpty, owesAnswer: nil)
    }
}
