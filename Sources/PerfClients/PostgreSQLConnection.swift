import CPerfClients
import Glibc
import PerfModel

/// A connection to a PostgreSQL server, through libpq, which is opened on first use.
///
/// Commands are constants, and values are always parameters: there is no way to put one into a command. One thread
/// uses it at a time.
@safe package final class PostgreSQLConnection {
    /// How long may be waited.
    package struct Limits: Hashable, Sendable {
        /// For a connection, as `connect_timeout` in the address says it unless given.
        package var connecting: Duration = .seconds(10)
        /// For one command; two seconds more for a server that was told to give up by then, and does not.
        package var answering: Duration = .seconds(60)

        package init() {}

        package init(connecting: Duration, answering: Duration) {
            self.connecting = connecting
            self.answering = answering
        }
    }

    /// The word of a server that gives up in time says more than that it did not answer.
    private static let grace = Duration.seconds(2)

    package let address: PostgreSQLAddress
    private let limits: Limits
    private let handle: OpaquePointer

    /// Connects.
    ///
    /// - Throws: why it cannot, without the password.
    package init(to address: PostgreSQLAddress, limits: Limits = Limits()) throws(PostgreSQLError) {
        self.address = address
        var limits = limits
        if let seconds = address.connectTimeout { limits.connecting = .seconds(seconds) }
        self.limits = limits
        var opened: OpaquePointer?
        // SAFETY: the text is terminated and lives during the call; `opened` is ours.
        let status = unsafe pd_pq_open(address.uri, limits.connecting.milliseconds, &opened)
        switch status {
        case -ENOSYS: throw .noLibrary
        case -ENOEXEC: throw .oldLibrary
        default: break
        }
        guard let opened = unsafe opened else { throw .noMemory }
        guard status != 0 else {
            unsafe handle = opened
            return
        }
        // SAFETY: the connection is there until it is closed, and the text is copied at once.
        let message = unsafe String(cString: pd_pq_message(opened))
        unsafe pd_pq_close(opened)
        throw status == -ETIMEDOUT
            ? .noAnswer(address: address.description, seconds: Int(limits.connecting.components.seconds))
            : .cannotConnect(address: address.description, reason: address.redacted(message))
    }

    deinit {
        // SAFETY: nobody else has the handle, and it is closed once.
        unsafe pd_pq_close(handle)
    }

    /// Runs one command.
    ///
    /// - Parameters:
    ///   - command: with `$1`… for the parameters.
    ///   - parameters: texts, and nil for NULL.
    /// - Returns: rows of texts, nil for NULL; none for a command without a result.
    /// - Throws: what the server says, or that it is gone.
    @discardableResult
    package func run(
        _ command: StaticString, _ parameters: [String?] = []
    ) throws(PostgreSQLError) -> [[String?]] {
        if let bad = parameters.lazy.compactMap({ $0 }).first(where: { $0.utf8.contains(0) }) { throw .badText(bad) }
        // SAFETY: each strdup'd text lives until the call has sent it, and so does the array of pointers.
        let copies: [UnsafeMutablePointer<CChar>?] = unsafe parameters.map { text in
            guard let text else { return nil }
            return unsafe strdup(text)
        }
        defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
        guard unsafe zip(parameters, copies).allSatisfy({ unsafe ($0 == nil) == ($1 == nil) }) else { throw .noMemory }
        let values = unsafe copies.map { unsafe UnsafePointer($0) }
        var result: OpaquePointer?
        // A constant text ends in a zero byte, which its buffer does not count.
        let status = command.withUTF8Buffer { text in
            unsafe text.withMemoryRebound(to: CChar.self) { text -> Int32 in
                guard let start = text.baseAddress else { return -EINVAL }
                return unsafe pd_pq_run(
                    handle, start, Int32(values.count), values, (limits.answering + Self.grace).milliseconds, &result)
            }
        }
        defer { unsafe pd_pq_free(result) }
        // SAFETY: the result is ours until it is freed, and its texts are copied at once.
        switch (status, unsafe result) {
        case (0, let result?): return try unsafe Self.rows(of: result, at: address)
        case (-EPROTO, let result?):
            throw .refused(
                address: address.description, code: unsafe String(cString: pd_pq_state(result)),
                reason: address.redacted(unsafe String(cString: pd_pq_reason(result))))
        case (-ETIMEDOUT, _):
            throw .noAnswer(address: address.description, seconds: Int(limits.answering.components.seconds))
        case (-ENOMEM, _): throw .noMemory
        default:
            throw .lost(
                address: address.description, reason: address.redacted(unsafe String(cString: pd_pq_message(handle))))
        }
    }

    /// What `body` does takes place as a whole or not at all, and the server gives up when we would.
    ///
    /// A failure ends the connection, on which the server undoes what was begun.
    ///
    /// - Throws: what `body` throws; nothing has changed then, unless the connection was lost while it was committed.
    package func transaction<Value, Failure: Error>(
        failed: (PostgreSQLError) -> Failure, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var isDone = false
        // SAFETY: the connection is open until the object ends.
        defer { if !isDone { unsafe pd_pq_end(handle) } }
        do throws(PostgreSQLError) {
            try run("BEGIN ISOLATION LEVEL READ COMMITTED")
            // For this transaction alone: the session may be one of a pool, and others' after it.
            try run(
                "SELECT set_config('statement_timeout', $1, true)", ["\(limits.answering.milliseconds)"])
        } catch {
            throw failed(error)
        }
        let value = try body()
        do throws(PostgreSQLError) { try run("COMMIT") } catch { throw failed(error) }
        isDone = true
        return value
    }

    private static func rows(
        of result: OpaquePointer, at address: PostgreSQLAddress
    ) throws(PostgreSQLError) -> [[String?]] {
        // SAFETY: rows and columns are within what the result has, sizes are libpq's, and texts are copied at once.
        let (rows, columns) = unsafe (pd_pq_rows(result), pd_pq_columns(result))
        var all: [[String?]] = []
        for row in 0..<rows {
            var cells: [String?] = []
            for column in 0..<columns {
                var size = 0
                guard let start = unsafe pd_pq_cell(result, row, column, &size) else {
                    cells.append(nil)
                    continue
                }
                let bytes = unsafe UnsafeRawBufferPointer(start: start, count: size)
                guard let text = unsafe String(validating: bytes, as: UTF8.self) else {
                    throw .unexpected(address: address.description, what: "a text that is not UTF-8")
                }
                cells.append(text)
            }
            all.append(cells)
        }
        return all
    }
}

extension PostgreSQLAddress {
    /// Seconds, of the address; libpq heeds it only where it blocks.
    fileprivate var connectTimeout: Int? {
        guard let query = uri.firstIndex(of: "?") else { return nil }
        for parameter in uri[query...].dropFirst().split(separator: "&") where parameter.hasPrefix("connect_timeout=") {
            return Int(parameter.dropFirst("connect_timeout=".count)).flatMap { (1...3600).contains($0) ? $0 : nil }
        }
        return nil
    }
}

extension Duration {
    /// As far as C can say it.
    fileprivate var milliseconds: Int32 { Int32(clamping: max(1, wholeNanoseconds / 1_000_000)) }
}
