import Glibc
import Testing

/// A socket of 127.0.0.1 that is no Redis: it answers each client as it is told, or not at all.
final class RedisFakeServer: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        // SAFETY: the address and its size are ours and outlive each call.
        let status = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0 && listen(descriptor, 8) == 0
                    ? unsafe getsockname(descriptor, address, &size) : -1
            }
        }
        try #require(status == 0)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    /// Takes one client, reads what it says first, answers, and ends when the client does, or at once.
    func answer(_ bytes: [UInt8], hangsUp: Bool) -> RedisTestThread {
        let descriptor = descriptor
        return RedisTestThread {
            // SAFETY: no address is asked for; the buffer outlives the calls.
            let client = accept(descriptor, nil, nil)
            var request = [UInt8](repeating: 0, count: 4096)
            if unsafe read(client, &request, request.count) > 0 { _ = unsafe write(client, bytes, bytes.count) }
            while !hangsUp, unsafe read(client, &request, request.count) > 0 {}
            close(client)
        }
    }
}

/// A thread that is waited for.
final class RedisTestThread {
    private var id = pthread_t()
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        // SAFETY: the thread gets a retained object, which it releases; the id is ours.
        unsafe pthread_create(
            &id, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<RedisTestThread>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
    }

    func join() { pthread_join(id, nil) }
}
