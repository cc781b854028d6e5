import Glibc
import PerfLinux
import Synchronization
import Testing

/// A socket of 127.0.0.1 that says what it is told, to one client after the other.
final class HTTPFakeServer: Sendable {
    let port: UInt16
    private let descriptor: Int32
    private let clients = Mutex(0)

    var url: String { "http://127.0.0.1:\(port)/" }
    /// How many have connected.
    var clientCount: Int { clients.withLock { $0 } }

    /// A client that has connected.
    struct Client: Sendable {
        let descriptor: Int32
        /// From 0.
        let number: Int

        /// The head of the next question; nil when there is none.
        func question() -> String? {
            var text: [UInt8] = []
            var byte: UInt8 = 0
            while text.suffix(4) != [13, 10, 13, 10] {
                // SAFETY: one byte that outlives the call.
                guard unsafe read(descriptor, &byte, 1) == 1 else { return nil }
                text.append(byte)
            }
            return String(decoding: text, as: UTF8.self)
        }

        @discardableResult
        func say(_ text: String) -> Bool { say(Array(text.utf8)) }

        @discardableResult
        func say(_ bytes: [UInt8]) -> Bool {
            // SAFETY: as many bytes as are told, which outlive the call.
            unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        }

        /// An answer with a body.
        func answer(_ status: String, _ headers: [String] = [], _ body: String = "ok") {
            let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
            say(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        }

        /// Until the client goes.
        func wait() { while question() != nil {} }
    }

    /// - Parameter serve: what to do with each client, which is hung up on afterwards; nil for taking none.
    /// - Throws: when there is no port.
    init(_ serve: (@Sendable (Client) -> Void)? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        // SAFETY: the address and its size are ours and outlive each call.
        let status = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, size) == 0 && listen(descriptor, 64) == 0
                    ? unsafe getsockname(descriptor, address, &size) : -1
            }
        }
        try #require(status == 0)
        port = UInt16(bigEndian: address.sin_port)
        guard let serve else { return }
        try WorkerThread<Bool> { [weak self] in
            while true {
                // SAFETY: no address is asked for.
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { return true }
                let number = self?.clients.withLock { count in
                    count += 1
                    return count - 1
                }
                let thread = Result { () throws(SystemCallError) in
                    try WorkerThread<Bool> {
                        serve(Client(descriptor: client, number: number ?? 0))
                        shutdown(client, Int32(SHUT_WR))
                        close(client)
                        return true
                    }
                }
                guard case .success(let started) = thread else { return false }
                started.abandon()
            }
        }.abandon()
    }

    deinit {
        // Wakes who waits for clients.
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// A port at which nobody listens, a moment ago.
    static func freePort() throws -> UInt16 { try HTTPFakeServer().port }
}
