import CPerfClients
import Glibc
import PerfLinux
import PerfModel

/// Where a socket connects to: an address of the network with its port, or a path.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// A `sockaddr`, as the kernel takes it.
    private let bytes: [UInt8]
    /// `"10.0.0.5"`, `"::1"`, or the path.
    package let host: String
    /// Nil for a path.
    package let port: UInt16?

    /// `"10.0.0.5:6379"`, `"[::1]:443"`, `"/run/redis.sock"`.
    package var description: String {
        guard let port else { return host.printable }
        return "\(bracketedHost):\(port)"
    }

    /// As URLs write it.
    package var bracketedHost: String { port != nil && host.contains(":") ? "[\(host)]" : host }

    /// A socket of this machine.
    ///
    /// - Throws: when the path is longer than sockets allow, 107 bytes, or has a zero byte.
    package init(path: String) throws(SystemCallError) {
        var address = pd_address()
        // SAFETY: the text is terminated and the address ours, for the duration of the call.
        let status = path.utf8.contains(0) ? -EINVAL : unsafe pd_address_of_path(path, &address)
        guard status == 0 else { throw SystemCallError(operation: "connect", subject: path, errno: -status) }
        self.init(address, host: path, port: nil)
    }

    private init(_ address: pd_address, host: String, port: UInt16?) {
        // SAFETY: the tuple is read as the bytes that it is.
        bytes = unsafe withUnsafeBytes(of: address.bytes) { unsafe Array($0.prefix(Int(address.size))) }
        self.host = host
        self.port = port
    }

    /// All addresses of a name, in the order in which the host would try them.
    ///
    /// - Parameters:
    ///   - host: a name or an address.
    ///   - port: to connect to.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: at least one.
    /// - Throws: why there is none.
    package static func all(
        of host: String, port: UInt16, before deadline: UInt64
    ) throws(NameResolutionError) -> [SocketAddress] {
        // A name with a zero byte would end there.
        guard !host.isEmpty, !host.utf8.contains(0) else { throw .notFound(host: host) }
        let now = MonotonicClock.nanoseconds
        var found = [pd_address](repeating: pd_address(), count: 32)
        // SAFETY: the text is terminated, and the array has as many elements as is said.
        let count = unsafe pd_resolve(
            host, port, Int64(clamping: deadline > now ? deadline - now : 0), &found, Int32(found.count))
        switch count {
        case 1...: break
        case -ENOENT: throw .notFound(host: host)
        case -ETIMEDOUT: throw .timedOut(host: host)
        default: throw .failed(host: host)
        }
        return found.prefix(Int(count)).map { address in
            var address = address
            var text = [CChar](repeating: 0, count: 64)
            // SAFETY: both are ours during the call, which terminates the text.
            unsafe pd_address_text(&address, &text, text.count)
            return SocketAddress(address, host: text.text, port: port)
        }
    }

    /// The same as C takes it.
    var raw: pd_address {
        var address = pd_address()
        address.size = UInt32(bytes.count)
        // SAFETY: the bytes came from such a tuple, and are no more than it holds.
        unsafe withUnsafeMutableBytes(of: &address.bytes) { target in unsafe target.copyBytes(from: bytes) }
        return address
    }
}

/// Why a name has no address.
package enum NameResolutionError: UserFacingError, Hashable {
    case notFound(host: String)
    /// Name servers do not answer, or say that they failed.
    case failed(host: String)
    case timedOut(host: String)

    package var summary: String {
        switch self {
        case .notFound(let host): "there is no host \(host.printable)"
        case .failed(let host): "the name \(host.printable) cannot be resolved: name servers failed"
        case .timedOut(let host): "the name \(host.printable) was not resolved in time"
        }
    }

    package var remedy: String? {
        switch self {
        case .notFound(let host): "check the spelling: 'getent ahosts \(host.printable)' asks the same"
        case .failed, .timedOut: "check the name servers of /etc/resolv.conf, or name an address"
        }
    }
}

extension [CChar] {
    /// Up to the first zero byte.
    fileprivate var text: String {
        String(decoding: prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
