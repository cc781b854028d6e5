import PerfClients
import PerfModel

/// A step that an answer asks its client to take.
package struct HTTPRedirect: Hashable, Sendable {
    package var status: Int
    /// Where it leads to, without secrets.
    package var shown: String
    /// Path and query at the same server; nil for another one.
    package var target: String?

    package init(status: Int, shown: String, target: String?) {
        self.status = status
        self.shown = shown
        self.target = target
    }

    /// Nil for an answer that is none.
    ///
    /// - Parameters:
    ///   - response: of a redirect.
    ///   - address: of the server that gave it.
    ///   - from: path and query that were asked for.
    package init?(_ response: HTTPResponse, of address: HTTPAddress, from: String) {
        guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["location"],
            !location.isEmpty
        else { return nil }
        let scheme = address.isTLS ? "https" : "http"
        let whole: String
        if location.contains("://") {
            whole = location
        } else if location.hasPrefix("//") {
            whole = "\(scheme):\(location)"
        } else {
            let host = address.url.host.contains(":") ? "[\(address.url.host)]" : address.url.host
            let path = from.prefix { $0 != "?" }
            let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
            let target = location.hasPrefix("/") ? location : "\(folder)/\(location)"
            whole = "\(scheme)://\(host):\(address.port)\(target)"
        }
        guard let url = Self.parsed(whole), let next = Self.parsed(url) else {
            self.init(status: response.status, shown: "somewhere that is no URL", target: nil)
            return
        }
        let isSame =
            next.url.host.lowercased() == address.url.host.lowercased() && next.port == address.port
            && next.isTLS == address.isTLS
        let shown = location.hasPrefix("/") && !location.hasPrefix("//") ? String(location.prefix { $0 != "?" }) : nil
        self.init(
            status: response.status,
            shown: address.url.redacted(shown ?? url.description).printable, target: isSame ? next.target : nil)
    }

    /// Nothing of our environment goes into what a server says.
    private static func parsed(_ text: String) -> ServerURL? {
        do throws(ServerURLError) { return try ServerURL(text, environment: { _ in nil }) } catch { return nil }
    }

    private static func parsed(_ url: ServerURL) -> HTTPAddress? {
        guard url.scheme == "http" || url.scheme == "https" else { return nil }
        do throws(HTTPError) { return try HTTPAddress(url, environment: { _ in nil }) } catch { return nil }
    }
}
