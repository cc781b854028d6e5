import Glibc
import PerfLinux

@testable import PerfProbes

/// A relay on 127.0.0.1 to another port there, which takes connections at once and holds back what the server says.
enum SlowRelay {
    /// - Parameters:
    ///   - port: of the server.
    ///   - microseconds: for which each piece of an answer is held back.
    ///   - isFirstOnly: whether only the first piece of a connection is.
    /// - Returns: the relay, which ends with the value.
    /// - Throws: when there is no port.
    static func server(to port: UInt16, holding microseconds: UInt32, isFirstOnly: Bool = false) throws
        -> HTTPFakeServer
    {
        try HTTPFakeServer { client in
            guard let server = connected(to: port) else { return }
            defer { close(server) }
            var buffer = [UInt8](repeating: 0, count: 65536)
            var isHeld = true
            while true {
                var polled = [client.descriptor, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                // SAFETY: the array outlives the call, which changes only its elements.
                guard unsafe poll(&polled, 2, 60_000) > 0 else { return }
                for (index, other) in [server, client.descriptor].enumerated() where polled[index].revents != 0 {
                    // SAFETY: the buffer outlives both calls, which keep to its size.
                    let count = unsafe read(polled[index].fd, &buffer, buffer.count)
                    guard count > 0 else { return }
                    if index == 1, isHeld {
                        usleep(microseconds)
                        isHeld = !isFirstOnly
                    }
                    guard unsafe send(other, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
                }
            }
        }
    }

    private static func connected(to port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: the address and its size are ours and outlive the call.
        let status = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, size) }
        }
        guard status == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
