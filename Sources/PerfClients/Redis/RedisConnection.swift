import CPerfClients
import Glibc
import PerfLinux
import PerfModel

/// A connection to a Redis server, read through hiredis, which is opened on first use.
///
/// Sockets never block: each call is over by its deadline, whatever the server does. One thread uses it at a time.
@safe package final class RedisConnection {
    /// More than the 16 MiB that any answer here has is no answer.
    package static let largestReply = 16 << 20

    /// An answer, and when it was sent for and whole: nanoseconds of CLOCK_MONOTONIC.
    package struct Answer: Hashable, Sendable {
        package var reply: RedisReply
        package var sentAt: UInt64
        package var receivedAt: UInt64
    }

    /// How long connecting took, in nanoseconds; parts that did not happen are nil.
    package struct Connecting: Hashable, Sendable {
        /// Of the socket: a round trip of the network.
        package var socket: UInt64
        package var tls: UInt64?
        /// AUTH and SELECT.
        package var authentication: UInt64?
    }

    package let address: RedisAddress
    package let socket: SocketAddress
    package private(set) var connecting: Connecting
    /// Whether REDISCLI_AUTH was offered, and the server has no password.
    package private(set) var isPasswordNeedless = false
    /// Commands that were sent.
    package private(set) var commandCount: UInt64 = 0
    private let reader: RedisReader
    private let stream: OpaquePointer
    /// Whether another command may follow.
    package private(set) var isUsable = true

    /// Where a URL leads to: one place, or each address of a name.
    ///
    /// - Parameters:
    ///   - address: what the URL says.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: at least one.
    /// - Throws: why there is none.
    package static func sockets(
        of address: RedisAddress, before deadline: UInt64
    ) throws(RedisError) -> [SocketAddress] {
        switch address.place {
        case .path(let path):
            do throws(SystemCallError) { return [try SocketAddress(path: path)] } catch {
                throw .badURL(url: address.url.description, problem: "a socket's path has at most 107 bytes")
            }
        case .network(let host, let port):
            do throws(NameResolutionError) {
                return try SocketAddress.all(of: host, port: port, before: deadline)
            } catch { throw .name(error) }
        }
    }

    /// Connects, authenticates and selects the database.
    ///
    /// - Parameters:
    ///   - socket: one of ``sockets(of:before:)``.
    ///   - address: of the server, with its password.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Throws: why it cannot.
    package init(
        to socket: SocketAddress, of address: RedisAddress, before deadline: UInt64
    ) throws(RedisError) {
        self.address = address
        self.socket = socket
        switch pd_redis_load() {
        case 0: break
        case -ENOSYS: throw .noLibrary
        default: throw .oldLibrary
        }
        guard let reader = RedisReader() else { throw .noMemory }
        self.reader = reader
        (unsafe stream, connecting) = try unsafe Self.opened(socket, address, deadline)
        let start = MonotonicClock.nanoseconds
        if let password = address.password {
            do throws(RedisError) {
                try ask(.authenticate(user: address.url.user, password: password), before: deadline)
            } catch {
                // The variable speaks of no server: one without a password needs none, as for redis-cli.
                guard case .answer(_, let refusal) = error, address.isPasswordOfEnvironment,
                    refusal.message.contains("without any password")
                else { throw error }
                isPasswordNeedless = true
            }
        }
        if address.database != 0 { try ask(.select(database: address.database), before: deadline) }
        if commandCount > 0 { connecting.authentication = MonotonicClock.nanoseconds - start }
    }

    deinit {
        // SAFETY: nobody else has the stream, and it is closed once.
        unsafe pd_stream_close(stream)
    }

    /// Asks, and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - command: of the fixed list.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC; the call is over by then.
    /// - Returns: the answer, which is no error.
    /// - Throws: an error that the server answered with, after which the connection goes on, or why there is none.
    @discardableResult
    package func ask(_ command: RedisCommand, before deadline: UInt64) throws(RedisError) -> Answer {
        guard isUsable else { throw .lost(address: socket.description, doing: command.name) }
        commandCount += 1
        let bytes = command.bytes
        let sentAt = MonotonicClock.nanoseconds
        // SAFETY: the stream and the reader are open while the object lives, and the bytes live during the call.
        let sent = unsafe pd_stream_send(stream, bytes, bytes.count, Self.left(until: deadline, from: sentAt))
        // Who is turned away is told why before the connection ends: it is read even where nothing can be sent.
        let isEnded = sent == -EPIPE || sent == -ECONNRESET
        let status =
            sent == 0 || isEnded
            ? unsafe pd_redis_receive(
                reader.handle, stream, Self.largestReply, Self.left(until: deadline, from: sentAt))
            : sent
        let receivedAt = MonotonicClock.nanoseconds
        guard status == 0 else {
            isUsable = false
            throw failure(status, command)
        }
        guard let reply = reader.reply() else {
            isUsable = false
            throw .garbage(address: socket.description, reason: "an answer that nests too deep")
        }
        guard case .error(let message) = reply else {
            return Answer(reply: reply, sentAt: sentAt, receivedAt: receivedAt)
        }
        throw .answer(address: socket.description, RedisRefusal(address.redacted(message), to: command))
    }

    private func failure(_ status: Int32, _ command: RedisCommand) -> RedisError {
        let place = socket.description
        switch status {
        case -ETIMEDOUT: return .noAnswer(address: place, doing: command.name)
        case -EMSGSIZE: return .tooLarge(address: place, command: command.name, bytes: Self.largestReply)
        case -EPROTO where reader.message.isEmpty:
            return .tls(address: place, reason: "it wants a certificate of the client, or another one")
        // The first byte of an alert.
        case -EPROTO where reader.message.contains(#""\x15""#) && address.tls == nil:
            return .tls(address: place, reason: "the server speaks it there, and the URL does not")
        case -EPROTO: return .garbage(address: place, reason: address.redacted(reader.message))
        case -ENOMEM: return .noMemory
        default: return .lost(address: place, doing: command.name)
        }
    }

    /// A stream to the server, and how long it took.
    private static func opened(
        _ socket: SocketAddress, _ address: RedisAddress, _ deadline: UInt64
    ) throws(RedisError) -> (OpaquePointer, Connecting) {
        let start = MonotonicClock.nanoseconds
        var stream: OpaquePointer?
        if let tls = address.tls { return try unsafe tlsStream(socket, address, tls, deadline) }
        // SAFETY: the address lives during the call, and the stream is ours.
        var place = socket.raw
        let status = unsafe pd_stream_connect(&place, left(until: deadline, from: start), &stream)
        guard let stream = unsafe stream, status == 0 else { throw failure(toConnect: socket, status) }
        return unsafe (stream, Connecting(socket: MonotonicClock.nanoseconds - start))
    }

    private static func tlsStream(
        _ socket: SocketAddress, _ address: RedisAddress, _ tls: RedisAddress.TLS, _ deadline: UInt64
    ) throws(RedisError) -> (OpaquePointer, Connecting) {
        let host = address.url.host.contains(":") ? "[\(address.url.host)]" : address.url.host
        let texts = [host, socket.bracketedHost, tls.authorities, tls.certificate, tls.key]
        // SAFETY: each strdup'd text lives until the call has ended; the stream and the outcome are ours.
        let copies: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { text in
            guard let text else { return nil }
            return unsafe strdup(text)
        }
        defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
        guard let name = unsafe copies[0], let place = unsafe copies[1] else { throw .noMemory }
        var options = unsafe pd_tls_options(
            host: name, address: place, ca_file: copies[2], cert_file: copies[3], key_file: copies[4],
            port: socket.port ?? 0, is_unverified: tls.isUnverified ? 1 : 0)
        var outcome = pd_tls_outcome()
        var stream: OpaquePointer?
        let status = unsafe pd_tls_connect(
            &options, left(until: deadline, from: MonotonicClock.nanoseconds), &stream, &outcome)
        if let stream = unsafe stream {
            return unsafe (
                stream, Connecting(socket: UInt64(max(0, outcome.tcp_ns)), tls: UInt64(max(0, outcome.tls_ns)))
            )
        }
        switch status {
        case -ENOSYS, -ENOEXEC: throw .noTLSLibrary
        // A server without TLS waits for the end of what it takes for a command.
        case -ETIMEDOUT where outcome.is_connected != 0:
            throw .noAnswer(address: socket.description, doing: "handshake of TLS, which the port may not speak")
        case -EPROTO, -EACCES:
            let message = unsafe withUnsafeBytes(of: outcome.message) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw .tls(address: socket.description, reason: address.redacted(message))
        default: throw failure(toConnect: socket, status)
        }
    }

    private static func failure(toConnect socket: SocketAddress, _ status: Int32) -> RedisError {
        let place = socket.description
        switch status {
        case -ECONNREFUSED: return .refused(address: place)
        case -ETIMEDOUT: return .noAnswer(address: place, doing: "connecting")
        case -ECONNRESET, -EPIPE: return .lost(address: place, doing: "connecting")
        case -ENOMEM: return .noMemory
        default:
            return .unreachable(address: place, reason: SystemCallError.text(of: -status))
        }
    }

    private static func left(until deadline: UInt64, from now: UInt64) -> Int64 {
        Int64(clamping: deadline > now ? deadline - now : 0)
    }
}
