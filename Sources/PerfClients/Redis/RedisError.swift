import PerfModel

/// What a Redis server, or the way to it, refuses.
///
/// No text of it has a password.
package enum RedisError: UserFacingError, Hashable {
    case noLibrary
    case oldLibrary
    case noTLSLibrary
    case noMemory
    case badURL(url: String, problem: String)
    case name(NameResolutionError)
    /// Nobody listens there.
    case refused(address: String)
    /// No way there, or a socket that is not ours to open.
    case unreachable(address: String, reason: String)
    /// `doing` is `"connecting"`, or the command.
    case noAnswer(address: String, doing: String)
    case lost(address: String, doing: String)
    case tls(address: String, reason: String)
    /// What came is no answer of Redis.
    case garbage(address: String, reason: String)
    case tooLarge(address: String, command: String, bytes: Int)
    case answer(address: String, RedisRefusal)

    package var summary: String {
        switch self {
        case .noLibrary: "hiredis, the client library of Redis, is not installed"
        case .oldLibrary: "the hiredis here lacks functions of 0.14"
        case .noTLSLibrary: "libcurl, which does TLS, is not installed"
        case .noMemory: "there is no memory for a connection"
        case .badURL(let url, let problem): "\(url.printable): \(problem.printable)"
        case .name(let error): error.summary
        case .refused(let address): "\(address.printable) refuses connections: no server listens there"
        case .unreachable(let address, let reason): "\(address.printable) cannot be reached: \(reason.printable)"
        case .noAnswer(let address, let doing): "\(address.printable) did not answer in time (\(doing.printable))"
        case .lost(let address, let doing): "\(address.printable) ended the connection (\(doing.printable))"
        case .tls(let address, let reason): "no TLS with \(address.printable): \(reason.printable)"
        case .garbage(let address, let reason): "\(address.printable) does not speak as Redis does: \(reason.printable)"
        case .tooLarge(let address, let command, let bytes):
            "\(address.printable) answered \(command.printable) with more than "
                + Quantity.text(Int64(bytes), unit: "bytes")
        case .answer(let address, let refusal):
            "\(address.printable) answered \(refusal.command.printable): \(refusal.message.printable)"
        }
    }

    package var remedy: String? {
        switch self {
        case .noLibrary, .oldLibrary: "apt-get install libhiredis0.14, or libhiredis1.1.0 on newer systems"
        case .noTLSLibrary: "apt-get install libcurl4"
        case .noMemory: nil
        case .badURL: "write redis://[user:password@]host:port/db, rediss://… or redis+unix:///path/to.sock?db=0"
        case .name(let error): error.remedy
        case .refused: "start the server, or correct host and port: 'redis-cli -h HOST -p PORT ping' asks the same"
        case .unreachable: "check the route, firewalls and, for a socket, its path and rights"
        case .noAnswer: "check that the server runs and is not stuck, and what is between: firewalls drop in silence"
        case .lost: "see the server's log; 'timeout', limits of output buffers and proxies end connections"
        case .tls:
            "rediss:// needs the port for TLS (tls-port); ?ssl_ca_certs=FILE names the authority of its certificate"
        case .garbage: "correct the port; a server that speaks TLS there is rediss://"
        case .tooLarge: "look at it with redis-cli"
        case .answer(_, let refusal): refusal.remedy
        }
    }

    package var exitCode: ExitCode {
        guard case .badURL = self else { return .failure }
        return .usage
    }
}

/// An error that a server answered with.
package struct RedisRefusal: Hashable, Sendable {
    /// The first word, where it is one: `"NOPERM"`, `"ERR"`.
    package let code: String
    /// All of it, without secrets.
    package let message: String
    /// What was asked.
    package let command: String
    /// What a user of an ACL would need for it.
    private let permission: String

    package init(_ message: String, to command: RedisCommand) {
        code = String(message.prefix { $0.isASCII && $0.isUppercase })
        // Servers explain their protected mode in a whole page.
        self.message = String(message.prefix(300))
        self.command = command.name
        permission = command.permission
    }

    /// What is to be done, by what the server says.
    package enum Kind: Hashable, Sendable {
        case authentication
        case permission
        case noDatabase
        case tooManyClients
        /// Loading its data, or a replica without its master.
        case notReady
        /// A script keeps it from all else.
        case busy
        case unknownCommand
        case other
    }

    package var kind: Kind {
        switch code {
        case "NOAUTH", "WRONGPASS": return .authentication
        case "NOPERM", "DENIED": return .permission
        case "LOADING", "MASTERDOWN": return .notReady
        case "BUSY": return .busy
        default: break
        }
        // Redis before 6 says all else with ERR.
        if message.contains("max number of clients") { return .tooManyClients }
        if message.contains("DB index") { return .noDatabase }
        if command == "AUTH" || message.contains("invalid password") { return .authentication }
        if message.contains("unknown command") || message.contains("nknown subcommand") { return .unknownCommand }
        return .other
    }

    package var remedy: String? {
        switch (kind, code) {
        case (.authentication, "NOAUTH"): "name user and password in the URL, or set REDISCLI_AUTH"
        case (.authentication, "WRONGPASS"): "correct user and password; REDISCLI_AUTH counts where the URL has none"
        case (.authentication, _):
            "Redis before 6 has no users, and a server without requirepass takes no password: redis://:password@host"
        case (.permission, "DENIED"): "the server is in protected mode: ask from its own host, or give it a password"
        case (.permission, _): "ACL SETUSER name \(permission): it only reads"
        case (.noDatabase, _): "the server has fewer databases, and a cluster one: redis://host:port/0"
        case (.tooManyClients, _): "raise maxclients, or let clients share connections (a pool of 50)"
        case (.notReady, "MASTERDOWN"): "it is a replica without its master: see master_link_status in INFO"
        case (.notReady, _): "wait: INFO has loading_eta_seconds"
        case (.busy, _): "a script runs too long: SCRIPT KILL ends one that has not written yet"
        case (.unknownCommand, _): "the server is too old for it, or its provider has taken it away"
        case (.other, "MISCONF"): "it could not save its data: see its log, and rdb_last_bgsave_status in INFO"
        case (.other, "MOVED"), (.other, "CLUSTERDOWN"): "it is a node of a cluster: see CLUSTER INFO"
        case (.other, _): nil
        }
    }
}
