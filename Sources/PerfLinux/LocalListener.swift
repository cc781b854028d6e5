import CPerfLinux
import Glibc
import PerfModel

/// A socket with an abstract name, on which processes of this machine connect.
package final class LocalListener {
    package let name: String
    /// For poll: readable when somebody has connected.
    package let descriptor: Int32

    /// Listens under a name that nobody can guess.
    package init(prefix: String) throws(SystemCallError) {
        let secret = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
        // Of one length: who copies the environment that names it allocates so many bytes.
        let digits = [secret.0, secret.1].map { number in
            let text = String(number, radix: 36)
            return String(repeating: "0", count: 13 - text.utf8.count) + text
        }
        name = "\(prefix)-\(digits.joined())"
        // SAFETY: the name is a terminated string for the duration of the call.
        descriptor = unsafe pd_local_listen(name)
        guard descriptor >= 0 else {
            throw SystemCallError(operation: "listen", subject: "on a local socket", errno: -descriptor)
        }
    }

    deinit {
        close(descriptor)
    }

    /// The next connection; nil when nobody waits.
    package func accept() -> LocalConnection? {
        var peer = pd_local_peer()
        // SAFETY: `peer` outlives the call, which writes one struct.
        guard unsafe pd_local_accept(descriptor, &peer) == 1 else { return nil }
        return LocalConnection(descriptor: peer.descriptor, pid: peer.pid)
    }
}

/// A connection to a process, of messages.
package final class LocalConnection {
    private let descriptor: Int32
    /// Who is at the other end, as the kernel says.
    package let pid: Int32

    fileprivate init(descriptor: Int32, pid: Int32) {
        self.descriptor = descriptor
        self.pid = pid
    }

    deinit {
        close(descriptor)
    }

    /// One message as a value of plain bytes; nil when none of that size comes in time.
    package func receive<Value: BitwiseCopyable>(_ initial: Value, within milliseconds: Int32) -> Value? {
        var value = initial
        // SAFETY: the buffer is the value's own bytes, any pattern of which is valid.
        let got = unsafe withUnsafeMutableBytes(of: &value) { bytes -> Int64 in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe pd_local_receive(descriptor, base, UInt64(bytes.count), milliseconds)
        }
        return got == Int64(MemoryLayout<Value>.size) ? value : nil
    }

    /// Sends a value of plain bytes, and up to two descriptors, which the peer gets copies of.
    package func send<Value: BitwiseCopyable>(
        _ value: Value, descriptors: (Int32, Int32) = (-1, -1)
    ) throws(SystemCallError) {
        // SAFETY: the buffer is the value's own bytes for the duration of the call.
        let result = unsafe withUnsafeBytes(of: value) { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe pd_local_send(descriptor, base, UInt64(bytes.count), descriptors.0, descriptors.1)
        }
        guard result == 0 else {
            throw SystemCallError(operation: "send", subject: "to pid \(pid)", errno: -result)
        }
    }
}
