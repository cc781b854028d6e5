import PerfModel

extension DescriptorReasons {
    /// What an event loop that waits has asked, and who is to answer.
    package struct EventLoopWait: Hashable, Sendable {
        /// Of the peers' kind; databases come first, then caches.
        package var reason: WaitReason
        package var peer: WaitPeer
    }

    /// The connections of an event loop that its process opened, for half a second.
    struct EventLoop {
        var dialled: [(inode: UInt64, ends: TCPEnds, reason: WaitReason)]
        var namespace: String
        var until: UInt64
    }

    /// Of the loop's connections; a proxy may have thousands, and this is asked at every look.
    private static let mostAsked = 64
    /// Of /proc/PID/fdinfo/EPFD: about 900 descriptors.
    private static let largestList = 64 << 10
    /// Descriptors of a `pollfd` array.
    private static let mostPolled: UInt64 = 64
    /// Milliseconds after which what went out to others than databases and caches need not be a question.
    ///
    /// HTTP/2 acknowledges what it got, so that on a quiet connection the last data went out.
    private static let questionLifetime: UInt32 = 10_000

    /// Whose answer a thread waits for that waits for many descriptors at once.
    ///
    /// An event loop with nothing to do and one that has asked its database look the same from its stack: what tells
    /// them apart is a connection that the process opened and on which the last data went out.
    ///
    /// - Parameters:
    ///   - wait: the place in the kernel.
    ///   - arguments: the first two of the system call.
    ///   - pid: the process.
    ///   - now: CLOCK_MONOTONIC, nanoseconds.
    /// - Returns: nil where nobody owes it an answer, or that is not told.
    package mutating func eventLoopWait(
        _ wait: KernelWait, arguments: (UInt64, UInt64), process pid: Int32, now: UInt64
    ) -> EventLoopWait? {
        let key: Key
        if wait.isEventLoop {
            key = Key(pid: pid, descriptor: Int32(truncatingIfNeeded: arguments.0))
        } else if case .poll = wait.cause, (2...Self.mostPolled).contains(arguments.1) {
            // No descriptor has this number, and arrays of other threads are elsewhere.
            key = Key(pid: pid, descriptor: -1 - Int32(truncatingIfNeeded: arguments.0 >> 4 & 0x3fff_ffff))
        } else {
            return nil
        }
        let loop: EventLoop
        if let known = loops[key], known.until > now {
            loop = known
        } else {
            if loops.count >= Self.mostKnown { loops.removeAll(keepingCapacity: true) }
            loop = eventLoop(key, wait, arguments, now: now)
            loops[key] = loop
        }
        guard let asked = sockets[loop.namespace]?.local else { return nil }
        for connection in loop.dialled {
            guard !Self.brokerPorts.contains(connection.ends.remote.port),
                case .success(let age?) = Result(catching: { () throws(SystemCallError) in
                    try asked.millisecondsSinceQuestion(connection.ends, inode: connection.inode)
                }), connection.reason != .network || age <= Self.questionLifetime
            else { continue }
            return EventLoopWait(
                reason: connection.reason,
                peer: WaitPeer(address: "\(connection.ends.remote)", isDialled: true, owesAnswer: true))
        }
        return nil
    }

    private mutating func eventLoop(
        _ key: Key, _ wait: KernelWait, _ arguments: (UInt64, UInt64), now: UInt64
    ) -> EventLoop {
        var loop = EventLoop(dialled: [], namespace: "", until: now &+ Self.lifetime)
        guard
            case .success(let namespace) = Result(catching: { () throws(SystemCallError) in
                try proc.linkTarget(of: "\(key.pid)/ns/net")
            })
        else { return loop }
        loop.namespace = namespace
        let inodes = wait.isEventLoop ? watched(by: key) : polledSockets(arguments, process: key.pid)
        for inode in inodes {
            guard tcpPeer(of: inode, namespace: namespace, process: key.pid, now: now) != nil,
                let tables = sockets[namespace]?.peers, tables.isDialled(inode), let ends = tables.ends(inode)
            else { continue }
            let reason = reason(ofSocket: inode, process: key.pid, now: now)
            guard [.database, .cache, .network].contains(reason) else { continue }
            loop.dialled.append((inode, ends, reason))
        }
        func rank(_ reason: WaitReason) -> Int { reason == .database ? 0 : reason == .cache ? 1 : 2 }
        loop.dialled.sort { rank($0.reason) < rank($1.reason) }
        loop.dialled = Array(loop.dialled.prefix(Self.mostAsked))
        return loop
    }

    /// The inodes of what an epoll descriptor watches.
    private func watched(by key: Key) -> [UInt64] {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "\(key.pid)/fdinfo/\(key.descriptor)", atMost: Self.largestList)
            })
        else { return [] }
        return Self.inodes(ofEventPoll: String(decoding: bytes, as: UTF8.self))
    }

    /// The inodes in a text of /proc/PID/fdinfo: `tfd: 5 events: 19 data: 5 pos:0 ino:2f1a sdev:9`.
    package static func inodes(ofEventPoll text: String) -> [UInt64] {
        text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("tfd:"), let start = line.firstRange(of: "ino:") else { return nil }
            return UInt64(line[start.upperBound...].prefix { $0.isHexDigit }, radix: 16)
        }
    }

    /// The inodes of the sockets in a `pollfd` array: descriptor (4 bytes), events (2), what came (2).
    private func polledSockets(_ arguments: (UInt64, UInt64), process pid: Int32) -> [UInt64] {
        let bytes = RemoteMemory(pid: pid).memory(
            at: CodeAddress(rawValue: arguments.0), count: 8 * Int(arguments.1))
        return stride(from: 0, to: bytes.count - 7, by: 8).compactMap { start in
            let descriptor = Int32(
                bitPattern: bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
            guard descriptor >= 0,
                case .success(let target) = Result(catching: { () throws(SystemCallError) in
                    try proc.linkTarget(of: "\(pid)/fd/\(descriptor)")
                })
            else { return nil }
            return Self.inode(ofTarget: target)
        }
    }
}
