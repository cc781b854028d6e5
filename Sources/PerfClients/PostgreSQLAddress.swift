import Glibc
import PerfModel

/// Where a PostgreSQL server is, as libpq takes it, and as it may be shown.
///
/// `postgresql://user:password@host:port/database?parameter=value`; `${NAME}` stands for a variable of the environment,
/// put in as it is. What libpq knows itself (PGPASSWORD, ~/.pgpass, PGSSLMODE) need not be in it.
package struct PostgreSQLAddress: Hashable, Sendable, CustomStringConvertible {
    /// With all secrets; for libpq alone.
    let uri: String
    /// The same without passwords: for people, files and errors.
    package let description: String
    /// Texts that must not be shown, the longest first.
    private let secrets: [String]

    package static let schemes = ["postgres://", "postgresql://"]

    /// Whether a text names such a server, or may do so once its variables are put in.
    package static func isOne(_ text: String) -> Bool {
        schemes.contains { text.hasPrefix($0) } || text.hasPrefix("${")
    }

    /// Puts in what the environment says.
    ///
    /// - Parameters:
    ///   - text: with or without `${NAME}`.
    ///   - environment: what a variable is; nil for one that is not set.
    /// - Throws: when a variable is not set, or the text names something else.
    package init(
        _ text: String, environment: (String) -> String? = Self.variable
    ) throws(PostgreSQLError) {
        try self.init(expanded: Self.expanded(text, environment))
    }

    /// What a URL names, whose variables are put in already.
    ///
    /// - Parameter url: of any scheme that libpq's servers have, such as `pgbouncer`.
    /// - Throws: when its password has signs that libpq takes for something else.
    package init(_ url: ServerURL) throws(PostgreSQLError) {
        try self.init(
            expanded: "postgresql://" + url.secretText.dropFirst(url.scheme.utf8.count + 3), shownAs: url.scheme)
    }

    private init(expanded: String, shownAs scheme: String? = nil) throws(PostgreSQLError) {
        uri = expanded
        guard Self.schemes.contains(where: uri.hasPrefix), !uri.utf8.contains(0) else { throw .badAddress }
        let shown: String
        (shown, secrets) = Self.redacted(uri)
        description = scheme.map { "\($0)://" + shown.dropFirst("postgresql://".count) } ?? shown
        // libpq would take it apart, and show the parts in its errors.
        if let scheme = uri.firstRange(of: "://"), let password = Self.password(in: uri[scheme.upperBound...]),
            password.contains(where: { "/?#@[] ".contains($0) })
        {
            throw .unescapedPassword(address: description)
        }
    }

    /// A message of libpq or of a server without what must not be shown.
    ///
    /// It quotes parts of an address that it does not understand.
    package func redacted(_ message: String) -> String {
        secrets.reduce(message) { $0.replacing($1, with: "***") }
    }

    private static func expanded(
        _ text: String, _ environment: (String) -> String?
    ) throws(PostgreSQLError) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { throw .badAddress }
            let name = String(rest[start.upperBound..<end])
            guard let value = environment(name) else { throw .noVariable(name) }
            result += rest[..<start.lowerBound] + value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// The address without passwords, and the passwords.
    ///
    /// Rather too much is hidden than too little: what has not been escaped may contain every separator.
    private static func redacted(_ uri: String) -> (shown: String, secrets: [String]) {
        guard let scheme = uri.firstRange(of: "://") else { return (uri.prefix { $0 != ":" } + "://***", [uri]) }
        var secrets: [String] = []
        var shown = String(uri[..<scheme.upperBound])
        var rest = uri[scheme.upperBound...]
        if let password = password(in: rest) {
            secrets.append(String(password))
            shown += rest[..<password.startIndex] + "***"
            rest = rest[password.endIndex...]
        }
        guard let question = rest.firstIndex(of: "?") else { return (shown + rest, variants(of: secrets)) }
        shown += rest[...question]
        let parameters = rest[rest.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
        shown += parameters.map { parameter in
            guard let equals = parameter.firstIndex(of: "="),
                // Letters of a key may be escaped as well, so that only known ones are shown.
                harmless.contains(parameter[..<equals].lowercased())
            else {
                let value = parameter.split(separator: "=", maxSplits: 1).last.map(String.init) ?? ""
                secrets.append(value)
                return parameter.prefix { $0 != "=" } + "=***"
            }
            return String(parameter)
        }.joined(separator: "&")
        return (shown, variants(of: secrets))
    }

    /// What stands between the first colon and the last `@`: an unescaped password may have every other sign.
    private static func password(in rest: Substring) -> Substring? {
        guard let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") else { return nil }
        return rest[rest.index(after: colon)..<at]
    }

    private static let harmless: Set<String> = [
        "host", "hostaddr", "port", "dbname", "user", "connect_timeout", "application_name", "sslmode",
        "service", "target_session_attrs", "gssencmode", "channel_binding", "keepalives", "client_encoding",
    ]

    /// As they were written, and as libpq reads them.
    private static func variants(of secrets: [String]) -> [String] {
        Array(Set((secrets + secrets.map(decoded)).filter { !$0.isEmpty })).sorted {
            ($0.utf8.count, $0) > ($1.utf8.count, $1)
        }
    }

    /// Without percent signs.
    private static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A variable of the environment.
    package static func variable(_ name: String) -> String? {
        // SAFETY: the value is copied at once; perfdoctor does not change its environment.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
