import Glibc
import PerfLinux
import PerfModel

/// Opens TCP connections, and closes them.
enum TCPConnection {
    /// How long a connection takes to be there; it is closed at once.
    ///
    /// - Parameters:
    ///   - address: with a port.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: when the first packet was sent and when the answer was there.
    /// - Throws: refused, unreachable or no answer in time.
    static func open(
        _ address: HostAddress, before deadline: UInt64
    ) throws(ProbeFailure) -> (sentAt: UInt64, receivedAt: UInt64) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard descriptor >= 0 else {
            throw failure(errno: errno, address)
        }
        defer { close(descriptor) }
        let sentAt = MonotonicClock.nanoseconds
        let begun = unsafe address.withSocketAddress { pointer, length -> Int32 in
            guard let pointer = unsafe pointer else { return -1 }
            return unsafe connect(descriptor, pointer, length)
        }
        if begun == 0 { return (sentAt, MonotonicClock.nanoseconds) }
        guard errno == EINPROGRESS else { throw failure(errno: errno, address) }
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while true {
            let now = MonotonicClock.nanoseconds
            guard now < deadline else { throw failure(errno: ETIMEDOUT, address) }
            // SAFETY: one entry, which outlives the call.
            let ready = unsafe poll(&wanted, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
            let receivedAt = MonotonicClock.nanoseconds
            if ready < 0, errno != EINTR { throw failure(errno: errno, address) }
            guard ready > 0 else { continue }
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            // SAFETY: a number of the size that is told.
            guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else {
                throw failure(errno: errno, address)
            }
            guard code == 0 else { throw failure(errno: code, address) }
            return (sentAt, receivedAt)
        }
    }

    static func failure(errno code: Int32, _ address: HostAddress) -> ProbeFailure {
        let place = address.description
        switch code {
        case ECONNREFUSED:
            return ProbeFailure(
                .refused, "\(place) refuses connections: nobody listens there",
                remedy: "check the port, and that the server runs and listens on this address")
        case ETIMEDOUT, EAGAIN:
            return ProbeFailure(
                .timedOut, "\(place) does not answer in time",
                remedy: "a firewall may drop packets, or the server's backlog is full; longer: --timeout 30")
        case ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL:
            return ProbeFailure(
                .unreachable, "there is no way to \(place): \(SystemCallError.text(of: code))",
                remedy: "look at the routes: ip route get \(address.host)")
        case EACCES, EPERM:
            return ProbeFailure(
                .noPermission, "\(place) may not be asked from here: \(SystemCallError.text(of: code))",
                remedy: "look at the rules of the firewall of this host")
        default:
            return ProbeFailure(
                .lost, "no connection to \(place): \(SystemCallError.text(of: code))", remedy: "try again")
        }
    }
}
