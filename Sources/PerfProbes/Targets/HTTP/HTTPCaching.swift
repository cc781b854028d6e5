import PerfClients

/// What an answer says of how long it may be kept, and who kept it.
package struct HTTPCaching: Hashable, Sendable {
    /// Directives of Cache-Control by name, without their values: `"public"`, `"max-age"`.
    package private(set) var directives: Set<String> = []
    /// Seconds for which clients may keep it; nil where it does not say.
    package private(set) var lifetime: Int64?
    /// Whether a client can ask if it has changed.
    package private(set) var hasValidator: Bool
    /// Seconds for which a cache between had it; nil where there is none.
    package private(set) var age: Int64?
    /// Fields that only something between adds, with their values.
    package private(set) var signs: [HTTPHeaders.Field]

    private static let names = [
        "age", "via", "x-cache", "x-cache-status", "cf-cache-status", "cdn-cache", "x-served-by", "x-amz-cf-id",
        "cf-ray", "x-varnish", "x-proxy-cache", "cache-status", "x-azure-ref", "x-vercel-cache",
    ]
    /// Those of them that say whether it had the answer.
    private static let verdicts = [
        "x-cache", "x-cache-status", "cf-cache-status", "cdn-cache", "x-proxy-cache", "cache-status", "x-vercel-cache",
    ]

    package init(_ headers: HTTPHeaders) {
        var maximum: Int64?
        for element in HTTPFieldText.elements(headers["cache-control"] ?? "") {
            if let (name, value) = HTTPFieldText.pair(element) {
                directives.insert(name)
                if name == "max-age" { maximum = Int64(value).flatMap { $0 >= 0 ? $0 : nil } }
            } else {
                directives.insert(element.lowercased())
            }
        }
        if directives.contains("no-store") || directives.contains("no-cache") {
            lifetime = 0
        } else if let maximum {
            lifetime = maximum
        } else if let expires = headers["expires"] {
            // One that is no date, such as 0, is over.
            let date = headers["date"].flatMap(HTTPDate.seconds)
            let end = HTTPDate.seconds(expires)
            lifetime = end.flatMap { end in date.map { max(0, end - $0) } } ?? (end == nil ? 0 : nil)
        }
        hasValidator = headers["etag"] != nil || headers["last-modified"] != nil
        age = headers["age"].flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
        signs = headers.fields.filter { Self.names.contains($0.name) }
    }

    /// Whether a cache between answered: true where it says a hit, false for a miss; nil where nobody says.
    package var isHit: Bool? {
        for sign in signs where Self.verdicts.contains(sign.name) {
            let text = sign.value.lowercased()
            if text.contains("hit") || text.contains("stale") || text.contains("revalidated") { return true }
            if text.contains("miss") || text.contains("bypass") || text.contains("dynamic") || text.contains("expired")
                || text.contains("fwd=")
            {
                return false
            }
        }
        return age.flatMap { $0 > 0 ? true : nil }
    }

    /// Whether a cache that many share may keep it.
    package var isShareable: Bool {
        let forbidden: Set<String> = ["no-store", "private", "no-cache"]
        return directives.isDisjoint(with: forbidden) && (directives.contains("public") || (lifetime ?? 0) > 0)
    }
}
