import CPerfClients
import Glibc
import PerfLinux
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
    /// How long the parts of connecting took; nil where nobody asked.
    package let connecting: Connecting?
    private let limits: Limits
    private let handle: OpaquePointer

    /// Nanoseconds.
    package struct Connecting: Hashable, Sendable {
        package var socket: UInt64
        /// Nil without TLS.
        package var encryption: UInt64?
        package var authentication: UInt64
    }

    /// The names of a result's columns, and its rows of texts.
    package struct Table: Hashable, Sendable {
        package var columns: [String]
        package var rows: [[String?]]

        package init(columns: [String], rows: [[String?]]) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// Connects to one address by a point in time.
    ///
    /// - Parameters:
    ///   - address: who is asked, and as whom.
    ///   - numeric: an IP address instead of the name; nil to leave it to libpq, as for sockets and service files.
    ///   - database: instead of the one of the address.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Throws: why it cannot, without the password.
    package init(
        to address: PostgreSQLAddress, at numeric: String?, database: String? = nil, before deadline: UInt64
    ) throws(PostgreSQLError) {
        self.address = address
        let left = Self.milliseconds(until: deadline)
        limits = Limits(connecting: .milliseconds(Int(left)), answering: .milliseconds(Int(left)))
        var opened: OpaquePointer?
        var phases = pd_pq_phases()
        // SAFETY: the texts are terminated and live during the call; `opened` and `phases` are ours.
        let status = unsafe pd_pq_open_at(address.uri, numeric, database, left, &phases, &opened)
        switch status {
        case -ENOSYS: throw .noLibrary
        case -ENOEXEC: throw .oldLibrary
        default: break
        }
        guard let opened = unsafe opened else { throw .noMemory }
        guard status != 0 else {
            connecting = Connecting(
                socket: UInt64(max(0, phases.socket_ns)),
                encryption: phases.is_encrypted != 0 ? UInt64(max(0, phases.encryption_ns)) : nil,
                authentication: UInt64(
                    max(0, phases.authentication_ns) + (phases.is_encrypted != 0 ? 0 : max(0, phases.encryption_ns))))
            unsafe handle = opened
            return
        }
        // SAFETY: the connection is there until it is closed, and the text is copied at once.
        let message = address.redacted(unsafe String(cString: pd_pq_message(opened)))
        unsafe pd_pq_close(opened)
        if status == -ETIMEDOUT { throw .noAnswer(address: address.description, seconds: Int(left + 999) / 1000) }
        let (code, reason) = Self.verbose(message)
        if let code { throw .turnedAway(address: address.description, code: code, reason: reason) }
        throw .cannotConnect(address: address.description, reason: reason)
    }

    /// Takes a verbose message apart: its SQLSTATE, if a server said it, and the message without it and its place in
    /// the server's source.
    static func verbose(_ message: String) -> (code: String?, reason: String) {
        var code: String?
        var lines: [String] = []
        for line in message.split(whereSeparator: \.isNewline) {
            var text = String(line)
            if let mark = text.firstRange(of: ":  ") {
                let rest = text[mark.upperBound...]
                let state = rest.prefix(5)
                if state.utf8.count == 5, rest.dropFirst(5).hasPrefix(": "),
                    state.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
                {
                    code = code ?? String(state)
                    text = String(text[..<mark.upperBound]) + String(rest.dropFirst(7))
                }
            }
            // A place in the source comes after what the server said.
            if code != nil, text.hasPrefix("LOCATION: ") { continue }
            lines.append(text)
        }
        return (code, lines.joined(separator: "\n"))
    }

    private static func milliseconds(until deadline: UInt64) -> Int32 {
        let now = MonotonicClock.nanoseconds
        return deadline > now ? Int32(clamping: max(1, (deadline - now) / 1_000_000)) : 1
    }

    /// Runs one command by a point in time.
    ///
    /// - Parameters:
    ///   - command: with `$1`… for the parameters.
    ///   - parameters: texts, and nil for NULL; nil for the simple protocol, which has none.
    ///   - deadline: nanoseconds of CLOCK_MONOTONIC.
    /// - Returns: names of columns, and rows of texts, nil for NULL.
    /// - Throws: what the server says, or that it is gone.
    @discardableResult
    package func table(
        _ command: StaticString, _ parameters: [String?]? = nil, before deadline: UInt64
    ) throws(PostgreSQLError) -> Table {
        let left = Self.milliseconds(until: deadline)
        return try execute(command, parameters, milliseconds: left, said: Int(left + 999) / 1000)
    }

    /// Connects.
    ///
    /// - Throws: why it cannot, without the password.
    package init(to address: PostgreSQLAddress, limits: Limits = Limits()) throws(PostgreSQLError) {
        self.address = address
        var limits = limits
        if let seconds = address.connectTimeout { limits.connecting = .seconds(seconds) }
        self.limits = limits
        connecting = nil
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
        try execute(
            command, parameters, milliseconds: (limits.answering + Self.grace).milliseconds,
            said: Int(limits.answering.components.seconds)
        ).rows
    }

    private func execute(
        _ command: StaticString, _ optional: [String?]?, milliseconds: Int32, said seconds: Int
    ) throws(PostgreSQLError) -> Table {
        let parameters = optional ?? []
        let count = optional == nil ? -1 : Int32(parameters.count)
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
                    handle, start, count, values, milliseconds, &result)
            }
        }
        defer { unsafe pd_pq_free(result) }
        // SAFETY: the result is ours until it is freed, and its texts are copied at once.
        switch (status, unsafe result) {
        case (0, let result?): return try unsafe Self.table(of: result, at: address)
        case (-EPROTO, let result?):
            throw .refused(
                address: address.description, code: unsafe String(cString: pd_pq_state(result)),
                reason: address.redacted(unsafe String(cString: pd_pq_reason(result))))
        case (-ETIMEDOUT, _):
            throw .noAnswer(address: address.description, seconds: seconds)
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

    private static func table(
        of result: OpaquePointer, at address: PostgreSQLAddress
    ) throws(PostgreSQLError) -> Table {
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
        let names = (0..<columns).map { unsafe String(cString: pd_pq_name(result, $0)) }
        return Table(columns: names, rows: all)
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
