import PerfModel

/// What libcurl says of a certificate.
package enum HTTPCertificate {
    /// Until when it is valid.
    ///
    /// - Parameter text: `"Jan 12 10:00:00 2027 GMT"` (OpenSSL), `"2027-01-12 10:00:00 GMT"` (GnuTLS).
    /// - Returns: seconds since 1970; nil for another form.
    package static func expiry(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        if words.count >= 4, let month = months.firstIndex(of: words[0].lowercased()) {
            return seconds("\(words[3])-\(padded(month + 1))-\(padded(Int(words[1])))T\(words[2])Z")
        }
        guard words.count >= 2, words[0].contains("-") else { return nil }
        return seconds("\(words[0])T\(words[1])Z")
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    private static func padded(_ number: Int?) -> String {
        guard let number, (0..<100).contains(number) else { return "" }
        return number < 10 ? "0\(number)" : "\(number)"
    }

    private static func seconds(_ text: String) -> Int64? {
        // Years that 64 bits of nanoseconds do not hold are as good as forever.
        if let year = text.split(separator: "-").first.flatMap({ Int($0) }), (2262...9999).contains(year) {
            return InternetTime.nanosecondsSince1970(parsing: "2261" + text.dropFirst(4)).map { $0 / 1_000_000_000 }
        }
        return InternetTime.nanosecondsSince1970(parsing: text).map { $0 / 1_000_000_000 }
    }
}
