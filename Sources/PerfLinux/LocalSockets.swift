import CPerfLinux
import Glibc
import PerfModel

/// Asks the kernel about local (unix) sockets of one network namespace: who is at the other end, and under which path;
/// and about TCP connections: who spoke last.
///
/// /proc/net/unix has neither the peer nor a path for a client's own end, /proc/net/tcp no times. Source: sock_diag(7).
package final class LocalSockets: Sendable {
    /// A local socket.
    package struct Socket: Hashable, Sendable {
        /// The inode of the socket at the other end; nil where there is none.
        package var peer: UInt64?
        /// The path that it is bound to, `@name` for an abstract one; empty for none.
        package var path: String
        /// It waits for clients.
        package var isListening: Bool
    }

    /// `TCP_LISTEN` of tcp_states.h.
    private static let listening: UInt32 = 10

    private let descriptor: Int32

    /// - Parameter pid: a process of the namespace; nil for our own.
    /// - Throws: EPERM where another namespace is not ours to enter, EPROTONOSUPPORT where the kernel does not tell.
    package init(ofProcess pid: Int32?) throws(SystemCallError) {
        descriptor = pd_socket_diagnostics(pid ?? 0)
        guard descriptor >= 0 else {
            throw SystemCallError(
                operation: "socket NETLINK_SOCK_DIAG", subject: pid.map { "pid \($0)" } ?? "", errno: -descriptor)
        }
    }

    deinit {
        close(descriptor)
    }

    /// - Parameter inode: as `socket:[…]` in /proc/PID/fd has it.
    /// - Returns: what the kernel tells of it.
    /// - Throws: ENOENT when there is no such local socket.
    package func socket(_ inode: UInt64) throws(SystemCallError) -> Socket {
        guard let number = UInt32(exactly: inode) else {
            throw SystemCallError(operation: "sock_diag", subject: "\(inode)", errno: ENOENT)
        }
        var found = pd_unix_socket()
        var name = [CChar](repeating: 0, count: 256)
        // SAFETY: the call writes one structure and at most `count` bytes.
        let length = unsafe pd_unix_socket(descriptor, number, &found, &name, UInt32(name.count))
        guard length >= 0 else {
            throw SystemCallError(operation: "sock_diag", subject: "socket \(inode)", errno: -length)
        }
        var bytes = name.prefix(Int(length)).map { UInt8(bitPattern: $0) }
        if bytes.first == 0 {
            bytes[0] = UInt8(ascii: "@")
        } else {
            bytes = Array(bytes.prefix { $0 != 0 })
        }
        return Socket(
            peer: found.peer == 0 ? nil : UInt64(found.peer), path: String(decoding: bytes, as: UTF8.self),
            isListening: found.state == Self.listening)
    }

    /// How long ago the last data on a TCP connection went from here to the other end, so that an answer is due.
    ///
    /// The kernel tells times of both directions in its ticks: both in the same one count as sent last, since whoever
    /// waits has answered by then.
    ///
    /// - Parameters:
    ///   - ends: of the connection, in this namespace.
    ///   - inode: of its socket.
    /// - Returns: nil where no answer is due, as well where nothing was ever sent.
    /// - Throws: ENOENT when there is no such connection, ENODATA where the kernel does not tell.
    package func millisecondsSinceQuestion(_ ends: TCPEnds, inode: UInt64) throws(SystemCallError) -> UInt32? {
        var asked = pd_tcp_ends()
        asked.local = ends.local.words
        asked.remote = ends.remote.words
        asked.local_port = UInt32(ends.local.port)
        asked.remote_port = UInt32(ends.remote.port)
        asked.is_ipv6 = ends.isIPv6 ? 1 : 0
        var told = pd_tcp_socket()
        // SAFETY: the call reads one structure and writes the other; both outlive it.
        let result = unsafe pd_tcp_socket(descriptor, &asked, &told)
        guard result >= 0 else {
            throw SystemCallError(operation: "sock_diag", subject: "socket \(inode)", errno: -result)
        }
        guard UInt64(told.inode) == inode else {
            throw SystemCallError(operation: "sock_diag", subject: "socket \(inode)", errno: ENOENT)
        }
        guard told.sent_segments > 0, told.last_sent_ms <= told.last_received_ms else { return nil }
        return told.last_sent_ms
    }
}
