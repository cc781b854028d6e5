import PerfModel

/// Times in the head of an answer.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The form that all servers send (RFC 9110, section 5.6.7).
    ///
    /// - Parameter text: `"Sun, 06 Nov 1994 08:49:37 GMT"`.
    /// - Returns: seconds since 1970; nil for another form.
    static func seconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[1].utf8.count == 2, words[3].utf8.count == 4,
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return InternetTime.nanosecondsSince1970(parsing: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
            .map { $0 / 1_000_000_000 }
    }
}
