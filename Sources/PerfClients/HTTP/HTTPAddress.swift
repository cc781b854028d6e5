import PerfLinux
import PerfModel

/// What a URL of HTTP says: where it is, who asks, and what for.
///
///     http[s]://[user:password@]host[:port][/path][?query]
///
/// User and password are sent as Basic authentication. `metrics+http://…` is the same place. As for curl, the
/// authorities of certificates are the host's unless CURL_CA_BUNDLE, SSL_CERT_FILE or SSL_CERT_DIR name others.
package struct HTTPAddress: Hashable, Sendable {
    package let url: ServerURL
    package let isTLS: Bool
    package let port: UInt16
    /// Path and query as they are sent, from the first slash on.
    package let target: String
    /// PEM files of authorities; nil for the host's own.
    package let authorities: String?
    package let authorityDirectory: String?

    /// - Parameters:
    ///   - url: of `http`, `https`, or either behind a `+`.
    ///   - environment: what a variable is; nil for one that is not set.
    /// - Throws: when it names no host.
    package init(
        _ url: ServerURL, environment: (String) -> String? = PostgreSQLAddress.variable
    ) throws(HTTPError) {
        guard !url.host.isEmpty, !url.host.contains(where: { "#/\\%<>\"^`{|}".contains($0) }) else {
            throw .badURL(url: url.description, problem: url.host.isEmpty ? "it names no host" : "its host is no name")
        }
        self.url = url
        isTLS = url.scheme.hasSuffix("https")
        port = url.port ?? (isTLS ? 443 : 80)
        target = Self.sent(path: url.path, query: url.query)
        if let bundle = environment("CURL_CA_BUNDLE"), !bundle.isEmpty {
            (authorities, authorityDirectory) = (bundle, nil)
        } else {
            authorities = environment("SSL_CERT_FILE").flatMap { $0.isEmpty ? nil : $0 }
            authorityDirectory = environment("SSL_CERT_DIR").flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// All that libcurl is told, without user and password.
    func text(of target: String) -> String {
        let host = url.host.contains(":") ? "[\(url.host)]" : url.host
        return "\(isTLS ? "https" : "http")://\(host):\(port)\(target)"
    }

    /// As it goes over the wire: no fragment, and bytes that are not ASCII with percent signs.
    private static func sent(path: String, query: String?) -> String {
        var target = path.isEmpty ? "/" : path
        if let query { target += "?\(query)" }
        var result = ""
        for byte in target.utf8 {
            if byte == UInt8(ascii: "#") { break }
            if byte < 0x80 {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
