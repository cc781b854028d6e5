import CPerfLinux
import Glibc
import PerfModel

/// Asks the kernel about local (unix) sockets of one network namespace: who is at the other end, and under which path.
///
/// /proc/net/unix has neither the peer nor a path for a client's own end. Source: sock_diag(7).
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
}
