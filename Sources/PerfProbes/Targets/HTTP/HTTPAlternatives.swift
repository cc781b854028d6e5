/// Other ways to the same server, as Alt-Svc advertises them.
package enum HTTPAlternatives {
    /// Protocols in the order of the server.
    ///
    /// - Parameter text: `h3=":443"; ma=86400, h3-29=":443"` (RFC 7838, section 3).
    /// - Returns: `["h3", "h3-29"]`; empty for `clear`.
    package static func protocols(_ text: String) -> [String] {
        var found: [String] = []
        for element in HTTPFieldText.elements(text) {
            guard let first = HTTPFieldText.split(element, at: ";").first,
                let (name, place) = HTTPFieldText.pair(first), place.contains(":"), !found.contains(name)
            else { continue }
            found.append(name)
        }
        return found
    }

    /// Whether HTTP/3 is among them, or a draft of it.
    package static func hasHTTP3(_ text: String) -> Bool {
        protocols(text).contains { $0 == "h3" || $0.hasPrefix("h3-") }
    }
}
