import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// Sends echo requests, and takes their answers as they come; answers to others are passed over.
final class EchoProber: StreamProber {
    private let descriptor: Int32
    private let address: HostAddress
    private let isRaw: Bool
    private let identifier = UInt16.random(in: 1 ... .max)
    private let cookie = UInt64.random(in: 0 ... .max)
    private var sequence: UInt16 = 0
    let connecting: [ProbePhase] = []

    init(_ address: HostAddress, isRaw: Bool) throws(ProbeFailure) {
        self.address = address
        self.isRaw = isRaw
        descriptor = unsafe address.withSocketAddress { pointer, length in
            unsafe pd_echo_open(pointer, length, isRaw ? 1 : 0)
        }
        guard descriptor >= 0 else { throw TCPConnection.failure(errno: -descriptor, address) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func send() throws(ProbeFailure) -> (number: UInt16, sentAt: UInt64) {
        sequence &+= 1
        let sentAt = MonotonicClock.nanoseconds
        let sent = pd_echo_send(descriptor, address.isIPv6 ? 1 : 0, identifier, sequence, cookie)
        guard sent == 0 else { throw failure(-sent) }
        return (sequence, sentAt)
    }

    func receive(before instant: UInt64) throws(ProbeFailure) -> (number: UInt16, receivedAt: UInt64)? {
        while true {
            let now = MonotonicClock.nanoseconds
            let status = pd_echo_receive(
                descriptor, address.isIPv6 ? 1 : 0, isRaw ? 1 : 0, identifier, cookie, instant > now ? instant - now : 0
            )
            switch status {
            case 0...: return (UInt16(truncatingIfNeeded: status), MonotonicClock.nanoseconds)
            case -ETIMEDOUT: return nil
            case -EAGAIN: if MonotonicClock.nanoseconds >= instant { return nil }
            default: throw failure(-status)
            }
        }
    }

    var silence: ProbeFailure { failure(ETIMEDOUT) }

    private func failure(_ code: Int32) -> ProbeFailure {
        var failure =
            code == ETIMEDOUT
            ? ProbeFailure(
                .timedOut, "\(address.description) did not answer an echo request in time",
                remedy: "ICMP may be filtered: ping://\(address.host):PORT connects to a port instead")
            : TCPConnection.failure(errno: code, address)
        failure.isConnectionUsable = true
        return failure
    }
}
