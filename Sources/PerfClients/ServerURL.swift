import PerfModel

/// Where a server is, and who asks, as the user wrote it.
///
///     scheme://[user[:password]@]host[:port][/path][?query]
///
/// `${NAME}` stands for a variable of the environment, put in as it is. Percent signs are resolved in the user, the
/// password and the path of a socket only.
package struct ServerURL: Hashable, Sendable, CustomStringConvertible {
    /// In lower case: `"redis"`, `"metrics+https"`.
    package let scheme: String
    package let user: String?
    /// Never shown.
    package let password: String?
    /// A name or an address, an IPv6 one without brackets; empty where there is none.
    package let host: String
    package let port: UInt16?
    /// With its first slash; empty where there is none.
    package let path: String
    /// After the question mark; nil where there is none.
    package let query: String?
    /// All of it with secrets and variables put in; for a library that parses it itself.
    package let secretText: String
    /// The same without secrets: for people, files and errors.
    package let description: String
    /// Texts that must not be shown, the longest first.
    private let secrets: [String]

    /// - Parameters:
    ///   - text: as the user gave it.
    ///   - environment: what a variable is; nil for one that is not set.
    /// - Throws: what is wrong with it, without showing a secret.
    package init(
        _ text: String, environment: (String) -> String? = PostgreSQLAddress.variable
    ) throws(ServerURLError) {
        let whole = try Self.expanded(text, environment)
        guard !whole.unicodeScalars.contains(where: { $0.value < 0x21 || $0.value == 0x7f }) else {
            throw .badCharacter(shown: Self.shown(text))
        }
        guard let separator = whole.firstRange(of: "://"), separator.lowerBound > whole.startIndex else {
            throw .noScheme(shown: Self.shown(text))
        }
        scheme = whole[..<separator.lowerBound].lowercased()
        let rest = whole[separator.upperBound...]
        // A password that is not escaped may have every sign: all up to the last @ before the query is the user's.
        // In HTTP, paths and queries have it as often: there the user ends with the host (RFC 3986).
        let isHTTP = scheme.hasSuffix("http") || scheme.hasSuffix("https")
        let queryStart = isHTTP ? rest.firstIndex(of: "?") ?? rest.endIndex : Self.startOfQuery(rest)
        let authorityAndPath = rest[..<queryStart]
        let authorityEnd = isHTTP ? authorityAndPath.firstIndex(of: "/") ?? queryStart : queryStart
        var (location, credentials) = (authorityAndPath, Substring())
        if let at = authorityAndPath[..<authorityEnd].lastIndex(of: "@") {
            credentials = authorityAndPath[..<at]
            location = authorityAndPath[authorityAndPath.index(after: at)...]
        }
        let colon = credentials.firstIndex(of: ":")
        let userText = credentials[..<(colon ?? credentials.endIndex)]
        let passwordText = colon.map { credentials[credentials.index(after: $0)...] }
        user = userText.isEmpty ? nil : Self.decoded(userText)
        password = passwordText.flatMap { $0.isEmpty ? nil : Self.decoded($0) }
        let slash = location.firstIndex(of: "/") ?? location.endIndex
        path = String(location[slash...])
        query = queryStart == rest.endIndex ? nil : String(rest[rest.index(after: queryStart)...])
        let (shownQuery, querySecrets) = Self.redacted(query: query)
        secrets = Self.longestFirst((passwordText.map { [String($0), Self.decoded($0)] } ?? []) + querySecrets)
        let shownPassword = passwordText == nil ? "" : ":***"
        let shownUser = credentials.isEmpty ? "" : "\(userText)\(shownPassword)@"
        let shownParameters = shownQuery.map { "?\($0)" } ?? ""
        description = "\(scheme)://\(shownUser)\(location)\(shownParameters)"
        secretText = whole
        (host, port) = try Self.hostAndPort(location[..<slash], shown: description)
    }

    /// A message of a library or a server without what must not be shown.
    package func redacted(_ message: String) -> String {
        secrets.reduce(message) { $0.replacing($1, with: "***") }
    }

    /// The values of a parameter of the query, as written.
    package func parameter(_ name: String) -> String? {
        for parameter in (query ?? "").split(separator: "&") {
            let key = parameter.prefix { $0 != "=" }
            if key == name { return String(parameter[key.endIndex...].dropFirst()) }
        }
        return nil
    }

    private static func longestFirst(_ texts: [String]) -> [String] {
        let known = Set(texts.filter { !$0.isEmpty })
        return known.sorted { (left: String, right: String) -> Bool in
            let (one, other) = (left.utf8.count, right.utf8.count)
            return one == other ? left > right : one > other
        }
    }

    private static func startOfQuery(_ rest: Substring) -> Substring.Index {
        guard let question = rest.firstIndex(of: "?") else { return rest.endIndex }
        // One before the last @ may be part of a password, unless no password can be before it.
        guard let at = rest[question...].lastIndex(of: "@") else { return question }
        let before = rest[..<question]
        if before.contains("/") || !before.contains(":") { return question }
        return rest[at...].firstIndex(of: "?") ?? rest.endIndex
    }

    private static func hostAndPort(
        _ text: Substring, shown: String
    ) throws(ServerURLError) -> (host: String, port: UInt16?) {
        var (host, port) = (text, Substring?.none)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .badHost(shown: shown) }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            guard text.lastIndex(of: ":") == colon else { throw .bareIPv6(shown: shown) }
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard let port else { return (String(host), nil) }
        guard let number = UInt16(port), number > 0 else { throw .badPort(shown: shown) }
        return (String(host), number)
    }

    private static func redacted(query: String?) -> (shown: String?, secrets: [String]) {
        guard let query else { return (nil, []) }
        var secrets: [String] = []
        let shown = query.split(separator: "&", omittingEmptySubsequences: false).map { parameter -> String in
            guard let equals = parameter.firstIndex(of: "=") else { return String(parameter) }
            let value = parameter[parameter.index(after: equals)...]
            let key = decoded(parameter[..<equals]).lowercased()
            guard secretWords.contains(where: key.contains) else { return String(parameter) }
            secrets += [String(value), decoded(value)]
            return parameter[...equals] + "***"
        }
        return (shown.joined(separator: "&"), secrets)
    }

    private static let secretWords = ["pass", "secret", "token", "key", "auth", "sig", "credential", "session", "jwt"]

    private static func expanded(
        _ text: String, _ environment: (String) -> String?
    ) throws(ServerURLError) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw .badCharacter(shown: shown(text))
            }
            let name = String(rest[start.upperBound..<end])
            guard let value = environment(name) else { throw .noVariable(name) }
            result += rest[..<start.lowerBound] + value
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// What may be shown of a text that is no URL: rather too little.
    private static func shown(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text.prefix { $0 != "?" }.description.printable }
        return ("***" + text[at...].prefix { $0 != "?" }).printable
    }

    /// Without percent signs.
    package static func decoded(_ text: some StringProtocol) -> String {
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
}

/// What is wrong with a URL.
///
/// No text of it has a secret.
package enum ServerURLError: UserFacingError, Hashable {
    case noVariable(String)
    case noScheme(shown: String)
    case badCharacter(shown: String)
    case badHost(shown: String)
    case bareIPv6(shown: String)
    case badPort(shown: String)

    package var summary: String {
        switch self {
        case .noVariable(let name): "the variable \(name.printable) of a URL is not set"
        case .noScheme(let shown): "\(shown) is no URL: it has no scheme"
        case .badCharacter(let shown): "\(shown) is no URL: a space, a control character or an open ${ is in it"
        case .badHost(let shown): "\(shown): what follows the ] is no port"
        case .bareIPv6(let shown): "\(shown): the address has colons"
        case .badPort(let shown): "\(shown): the port is not a number from 1 to 65535"
        }
    }

    package var remedy: String? {
        switch self {
        case .noVariable(let name): "export \(name.printable)=…"
        case .noScheme: "such as https://host/path, redis://host, postgres://host/database or ping://host"
        case .badCharacter: "write %20 for a space"
        case .badHost, .badPort: "write host:port"
        case .bareIPv6: "write an IPv6 address in brackets: [::1]:6379"
        }
    }

    package var exitCode: ExitCode { .usage }
}
