import Glibc
import PerfLinux
import PerfModel

/// An address of IP with a port, as the kernel takes it.
package struct HostAddress: Hashable, Sendable {
    package var isIPv6: Bool
    /// The bytes of a `sockaddr_in` or `sockaddr_in6`.
    let bytes: [UInt8]
    /// `10.0.0.5`, `fe80::1%eth0`.
    package var host: String
    package var port: UInt16

    /// `10.0.0.5:80`, `[::1]:80`; the host alone for port 0.
    package var description: String {
        let shown = isIPv6 && port != 0 ? "[\(host)]" : host
        return port == 0 ? shown : "\(shown):\(port)"
    }

    /// Calls with the address as C takes it.
    func withSocketAddress<Value>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Value) -> Value {
        // SAFETY: the bytes are those of a whole address of its family, and outlive the call.
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe body(buffer.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(buffer.count))
        }
    }

    /// All addresses of a name, in the order in which the system would try them.
    ///
    /// The system's resolver takes no deadline: it works on a thread of its own, which is left alone when it is over.
    ///
    /// - Parameters:
    ///   - host: a name, or an address.
    ///   - port: 0 for none.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: at least one.
    /// - Throws: when the name is not known, or nobody says so in time.
    package static func all(
        of host: String, port: UInt16, before deadline: UInt64
    ) throws(ProbeFailure) -> [HostAddress] {
        guard !host.isEmpty, !host.utf8.contains(0) else {
            throw ProbeFailure(.badURL, "the URL names no host", remedy: "write scheme://host")
        }
        let thread: WorkerThread<Result<[HostAddress], ResolverError>>
        do throws(SystemCallError) {
            thread = try WorkerThread { lookUp(host, port) }
        } catch {
            throw ProbeFailure(.noPermission, error.summary, remedy: error.remedy)
        }
        while thread.value == nil {
            guard MonotonicClock.nanoseconds < deadline else {
                thread.abandon()
                throw ProbeFailure(
                    .timedOut, "\(host.printable): nobody told its address in time",
                    remedy: "look at the name servers: /etc/resolv.conf, getent hosts \(host.printable)")
            }
            usleep(200)
        }
        switch thread.join() {
        case .success(let found)?: return found
        case .failure(let error)?:
            throw ProbeFailure(
                .nameNotFound, "\(host.printable) has no address: \(error.text)",
                remedy: "check the name: getent hosts \(host.printable)")
        case nil: throw ProbeFailure(.nameNotFound, "\(host.printable) has no address", remedy: "check the name")
        }
    }

    private struct ResolverError: Error {
        var text: String
    }

    private static func lookUp(_ host: String, _ port: UInt16) -> Result<[HostAddress], ResolverError> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        // SAFETY: the texts outlive the call; the list is ours until it is freed, and all of it is copied.
        var code = unsafe getaddrinfo(host, "\(port)", &hints, &list)
        if code != 0, code != EAI_AGAIN {
            // A host without a network knows ::1 and 127.0.0.1 all the same.
            unsafe hints.ai_flags = 0
            code = unsafe getaddrinfo(host, "\(port)", &hints, &list)
        }
        guard code == 0 else {
            let text = unsafe gai_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
            return .failure(ResolverError(text: text))
        }
        defer { unsafe freeaddrinfo(list) }
        var found: [HostAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            let info = unsafe entry.pointee
            unsafe next = info.ai_next
            let family = unsafe info.ai_family
            guard family == AF_INET || family == AF_INET6, let address = unsafe info.ai_addr else { continue }
            let length = Int(unsafe info.ai_addrlen)
            let bytes = unsafe Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(address), count: length))
            var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            guard
                unsafe getnameinfo(
                    address, info.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
            else { continue }
            let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let one = HostAddress(
                isIPv6: family == AF_INET6, bytes: bytes, host: text, port: port)
            if !found.contains(one) { found.append(one) }
        }
        guard !found.isEmpty else { return .failure(ResolverError(text: "no address of IPv4 or IPv6")) }
        return .success(found)
    }
}
