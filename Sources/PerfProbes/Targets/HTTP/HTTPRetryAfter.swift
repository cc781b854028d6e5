/// When a server that refuses wants to be asked again.
package enum HTTPRetryAfter {
    /// Seconds from now on.
    ///
    /// - Parameters:
    ///   - text: `"120"`, or a date (RFC 9110, section 10.2.3).
    ///   - now: seconds since 1970, for a date.
    /// - Returns: nil for another form; 0 for what is over.
    package static func seconds(_ text: String, now: Int64) -> Int64? {
        if let number = Int64(text) { return number >= 0 ? number : nil }
        return HTTPDate.seconds(text).map { max(0, $0 - now) }
    }
}
