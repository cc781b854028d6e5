import PerfModel

/// What a URL of Redis says: where it is, who asks, and which database.
///
///     redis://[user:password@]host[:port][/db]     rediss://… with TLS
///     redis+unix://[user:password@]/path?db=N
///
/// A password that the URL lacks comes from REDISCLI_AUTH. Parameters of TLS have the names that redis-py gives them in
/// its URLs: `ssl_ca_certs`, `ssl_certfile`, `ssl_keyfile`, and `ssl_cert_reqs=none` for a certificate of anybody.
package struct RedisAddress: Hashable, Sendable {
    package static let schemes = ["redis", "rediss", "redis+unix"]
    package static let defaultPort: UInt16 = 6379

    package enum Place: Hashable, Sendable {
        case network(host: String, port: UInt16)
        case path(String)
    }

    /// How TLS is spoken.
    package struct TLS: Hashable, Sendable {
        package var authorities: String?
        package var certificate: String?
        package var key: String?
        /// Takes any certificate.
        package var isUnverified = false
    }

    package let url: ServerURL
    package let place: Place
    /// Nil without TLS.
    package let tls: TLS?
    package let database: Int
    /// For AUTH; never shown.
    let password: String?
    /// Whether it is the environment's, which speaks of no server in particular.
    let isPasswordOfEnvironment: Bool

    /// - Parameters:
    ///   - url: of one of ``schemes``.
    ///   - environment: what a variable is; nil for one that is not set.
    /// - Throws: what is missing or impossible.
    package init(
        _ url: ServerURL, environment: (String) -> String? = PostgreSQLAddress.variable
    ) throws(RedisError) {
        self.url = url
        let databaseText: String?
        if url.scheme == "redis+unix" {
            guard url.host.isEmpty, url.path.count > 1 else {
                throw .badURL(url: url.description, problem: "it has no path of a socket: redis+unix:///path/to.sock")
            }
            place = .path(ServerURL.decoded(url.path))
            databaseText = url.parameter("db")
        } else {
            guard !url.host.isEmpty else { throw .badURL(url: url.description, problem: "it has no host") }
            place = .network(host: url.host, port: url.port ?? Self.defaultPort)
            let path = url.path.drop { $0 == "/" }
            databaseText = path.isEmpty ? url.parameter("db") : String(path)
        }
        guard let database = Int(databaseText ?? "0"), database >= 0 else {
            throw .badURL(url: url.description, problem: "its database is no number: redis://host:port/0")
        }
        self.database = database
        tls = url.scheme == "rediss" ? Self.tls(of: url) : nil
        let variable = environment("REDISCLI_AUTH").flatMap { $0.isEmpty ? nil : $0 }
        password = url.password ?? variable
        isPasswordOfEnvironment = url.password == nil && variable != nil
        if password == nil, let user = url.user {
            throw .badURL(
                url: url.description,
                problem: "the user \(user.printable) has no password: name it, or set REDISCLI_AUTH")
        }
    }

    /// A text of a server without the password, whoever put it there.
    package func redacted(_ text: String) -> String {
        let text = url.redacted(text)
        guard let password else { return text }
        return text.replacing(password, with: "***")
    }

    private static func tls(of url: ServerURL) -> TLS {
        func file(_ name: String) -> String? { url.parameter(name).map { ServerURL.decoded($0) } }
        return TLS(
            authorities: file("ssl_ca_certs"), certificate: file("ssl_certfile"), key: file("ssl_keyfile"),
            isUnverified: url.parameter("ssl_cert_reqs")?.lowercased() == "none")
    }
}
