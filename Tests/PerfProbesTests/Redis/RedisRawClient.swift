import Glibc
import Testing

@testable import PerfClients

/// A client that sends what it is told, which ours cannot: it makes the faults.
final class RedisRawClient {
    let descriptor: Int32

    /// Nil when nobody listens there.
    init?(path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the address and its size are ours and outlive each call; paths of tests fit.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            unsafe target.copyBytes(from: path.utf8.prefix(107))
        }
        let (descriptor, size) = (descriptor, socklen_t(MemoryLayout<sockaddr_un>.size))
        let status = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, size) }
        }
        guard status == 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Sends bytes as they are.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the buffer lives during the call.
            let sent = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// Reads as many bytes, fewer when the server ends.
    func receive(_ count: Int) -> [UInt8] {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while all.count < count {
            // SAFETY: the buffer is ours and as long as is said.
            let received = unsafe recv(descriptor, &buffer, min(buffer.count, count - all.count), 0)
            guard received > 0 else { break }
            all += buffer.prefix(received)
        }
        return all
    }

    /// Asks, and reads one answer.
    @discardableResult
    func run(_ words: String...) throws -> RedisReply { try run(words) }

    func run(_ words: [String]) throws -> RedisReply {
        send(Self.bytes(words))
        return try reply()
    }

    func reply() throws -> RedisReply {
        let reader = try #require(RedisReader())
        while true {
            let bytes = receive(1)
            try #require(!bytes.isEmpty, "the server ended the connection")
            let isWhole: Bool? = reader.feed(bytes, limit: 1 << 24)
            try #require(isWhole != nil)
            if isWhole == true { return try #require(reader.reply()) }
        }
    }

    static func bytes(_ words: [String]) -> [UInt8] {
        Array("*\(words.count)\r\n".utf8) + words.flatMap { Array("$\($0.utf8.count)\r\n\($0)\r\n".utf8) }
    }
}
