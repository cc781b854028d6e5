import PerfModel

/// What a PostgreSQL server, or the way to it, refuses.
///
/// No text of it has a password.
package enum PostgreSQLError: UserFacingError, Hashable {
    /// `${NAME}` of an address, where there is no such variable.
    case noVariable(String)
    case badAddress
    /// Where libpq would take the password for something else.
    case unescapedPassword(address: String)
    case noLibrary
    case oldLibrary
    case noMemory
    case cannotConnect(address: String, reason: String)
    /// The server was reached, and said why it takes nobody; `code` is its SQLSTATE, such as 53300.
    case turnedAway(address: String, code: String, reason: String)
    case noAnswer(address: String, seconds: Int)
    case lost(address: String, reason: String)
    /// `code` is the server's, such as 42501.
    case refused(address: String, code: String, reason: String)
    /// A value that no server takes: with a zero byte.
    case badText(String)
    /// What is stored there is not what this program stores.
    case unexpected(address: String, what: String)

    package var summary: String {
        switch self {
        case .noVariable(let name): "the variable '\(name.printable)' of the database's address is not set"
        case .badAddress: "this is no address of a PostgreSQL server"
        case .unescapedPassword(let address): "the password in \(address.printable) has signs that separate"
        case .noLibrary: "libpq is not installed"
        case .oldLibrary: "libpq is older than 9.6"
        case .noMemory: "there is no memory for a connection"
        case .cannotConnect(let address, let reason): "cannot connect to \(address.printable): \(Self.line(reason))"
        case .turnedAway(let address, let code, let reason):
            "cannot connect to \(address.printable): \(Self.line(reason)) (\(code.printable))"
        case .noAnswer(let address, let seconds):
            "\(address.printable) did not answer within \(Quantity.counted(Int64(seconds), "second"))"
        case .lost(let address, let reason):
            "the connection to \(address.printable) was lost"
                + (reason.allSatisfy(\.isWhitespace) ? "" : ": \(Self.line(reason))")
        case .refused(let address, let code, let reason):
            "\(address.printable) refused: \(Self.line(reason)) (\(code.printable))"
        case .badText(let text): "'\(text.printable)' has a zero byte, which PostgreSQL cannot store"
        case .unexpected(let address, let what): "\(address.printable) answered what was not asked: \(what.printable)"
        }
    }

    package var remedy: String? {
        switch self {
        case .noVariable(let name): "export \(name.printable)=…, as a secret of the job"
        case .badAddress: "write postgresql://USER@HOST:PORT/DATABASE; a password comes from PGPASSWORD or ~/.pgpass"
        case .unescapedPassword:
            "write %2F for '/', %3F for '?', %40 for '@', also in what follows; or set PGPASSWORD, where nothing is escaped"
        case .noLibrary, .oldLibrary: "apt-get install libpq5"
        case .noMemory: nil
        case .cannotConnect(_, let reason), .turnedAway(_, _, let reason):
            // Servers and libpq say these in English unless they were told otherwise.
            if reason.contains("password") {
                "set PGPASSWORD, or write it into ~/.pgpass; 'psql ADDRESS' tries the same"
            } else if reason.contains("does not exist") {
                "create it on the server: createuser, createdb"
            } else if reason.contains("certificate") || reason.contains("SSL") {
                "see sslmode and sslrootcert in PostgreSQL's manual, chapter 'SSL Support'"
            } else {
                "check that the server runs and that the address is right: 'psql ADDRESS' tries the same"
            }
        case .noAnswer: "check the server and what is between; connect_timeout=SECONDS in the address allows more"
        case .lost: "run it again; 'perfdoctor baseline list' shows what was kept"
        case .refused(_, let code, _):
            switch code {
            case "42501": "let an owner of the database run it once, or grant what is missing"
            case "57014": "run it again: somebody else held a lock for too long"
            case "53100", "53200", "53300": "the server is out of resources: see its log"
            case "25006": "this server is read-only: name the primary one"
            default: "see PostgreSQL's manual, appendix 'Error Codes'"
            }
        case .badText: "take the zero byte out of it"
        case .unexpected: "name a database of perfdoctor's own"
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .noVariable, .badAddress, .unescapedPassword: .usage
        default: .failure
        }
    }

    /// On one line: servers write several.
    private static func line(_ reason: String) -> String {
        reason.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
            .printable
    }
}
