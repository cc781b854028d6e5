import Glibc
import Synchronization
import Testing

/// A service on a port of 127.0.0.1 that answers each request as it is told.
final class MetricsTestServer: Sendable {
    struct Reply: Sendable {
        var status = "200 OK"
        var contentType = "text/plain; version=0.0.4; charset=utf-8"
        var headers: [String] = []
        var body = ""
        /// Bytes of the body after which nothing more comes; nil for all of it.
        var stallsAfter: Int?
    }

    let port: UInt16
    private let descriptor: Int32
    private let state: Mutex<State>
    private let reply: @Sendable (_ number: Int, _ request: String) -> Reply

    private struct State {
        var requests: [String] = []
        var clients: [Int32] = []
        var isOver = false
    }

    /// - Parameter reply: to a request, by its number from 0.
    /// - Throws: where no port is to be had.
    init(_ reply: @escaping @Sendable (_ number: Int, _ request: String) -> Reply) throws {
        self.reply = reply
        state = Mutex(State())
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        // SAFETY: the address and its size are ours and outlive each call.
        let status = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0 && listen(descriptor, 16) == 0
                    ? unsafe getsockname(descriptor, address, &size) : -1
            }
        }
        try #require(status == 0)
        port = UInt16(bigEndian: address.sin_port)
    }

    /// The first lines and headers of all requests.
    var requests: [String] { state.withLock { $0.requests } }

    /// Serves while something is done, and ends all connections then.
    func serving<Value>(_ body: () throws -> Value) rethrows -> Value {
        let acceptor = RedisTestThread { [self] in
            var threads: [RedisTestThread] = []
            while true {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { break }
                let isOver = state.withLock { state in
                    if !state.isOver { state.clients.append(client) }
                    return state.isOver
                }
                guard !isOver else {
                    close(client)
                    break
                }
                threads.append(RedisTestThread { [self] in serve(client) })
            }
            for thread in threads { thread.join() }
        }
        defer {
            state.withLock { state in
                state.isOver = true
                for client in state.clients { shutdown(client, Int32(SHUT_RDWR)) }
            }
            shutdown(descriptor, Int32(SHUT_RDWR))
            acceptor.join()
            close(descriptor)
        }
        return try body()
    }

    private func serve(_ client: Int32) {
        defer {
            state.withLock { state in state.clients.removeAll { $0 == client } }
            close(client)
        }
        while let request = read(from: client) {
            let number = state.withLock { state in
                state.requests.append(request)
                return state.requests.count - 1
            }
            let reply = reply(number, request)
            let body = Array(reply.body.utf8)
            let headers =
                ["HTTP/1.1 \(reply.status)", "Content-Type: \(reply.contentType)", "Content-Length: \(body.count)"]
                + reply.headers
            let bytes =
                Array((headers.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body.prefix(reply.stallsAfter ?? .max)
            var rest = bytes[...]
            while !rest.isEmpty {
                // SAFETY: the buffer outlives the call.
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return }
                rest = rest.dropFirst(sent)
            }
        }
    }

    private func read(from client: Int32) -> String? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            // SAFETY: the buffer outlives the call.
            let count = unsafe recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer.prefix(count)
            let text = String(decoding: bytes, as: UTF8.self)
            if text.contains("\r\n\r\n") { return text }
        }
    }
}
