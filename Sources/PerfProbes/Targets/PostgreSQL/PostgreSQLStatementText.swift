import PerfModel

/// A statement as it may be shown: without literals, comments and line breaks.
///
/// pg_stat_statements puts `$1` for constants of queries, but not of commands such as ALTER USER … PASSWORD.
package enum PostgreSQLStatementText {
    private static let queries: Set<String> = ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES"]

    /// - Returns: the text, cut to `length` characters; of a command its first word alone.
    package static func shown(_ text: String, length: Int = 120) -> String {
        let clean = withoutLiterals(Array(text.unicodeScalars))
        let word = clean.prefix { $0.isLetter }.uppercased()
        guard queries.contains(word) else { return word.isEmpty ? "a statement" : word }
        return (clean.count > length ? clean.prefix(length) + "…" : clean[...]).description.printable
    }

    private static func isLetterOrDigit(_ sign: Unicode.Scalar) -> Bool {
        sign.properties.isAlphabetic || ("0"..."9").contains(sign)
    }

    private static func withoutLiterals(_ text: [Unicode.Scalar]) -> String {
        var result = String.UnicodeScalarView()
        var index = 0
        func at(_ offset: Int) -> Unicode.Scalar? { index + offset < text.count ? text[index + offset] : nil }
        while index < text.count {
            let sign = text[index]
            switch sign {
            case "'":
                // An escape string ends later; to take every \' for one hides rather too much.
                index += 1
                while index < text.count {
                    if text[index] == "\\" {
                        index += 2
                        continue
                    }
                    if text[index] == "'" {
                        guard at(1) == "'" else { break }
                        index += 1
                    }
                    index += 1
                }
                index += 1
                result.append("?")
            case "-" where at(1) == "-":
                while index < text.count, text[index] != "\n" { index += 1 }
            case "/" where at(1) == "*":
                index += 2
                while index < text.count, !(text[index] == "*" && at(1) == "/") { index += 1 }
                index += 2
            case "$" where at(1).map { !("0"..."9").contains($0) } ?? true:
                // A text between $tag$ and $tag$.
                guard let end = text[(index + 1)...].firstIndex(of: "$") else {
                    index = text.count
                    break
                }
                let tag = Array(text[index...end])
                index = end + 1
                while index < text.count, !text[index...].starts(with: tag) { index += 1 }
                index += tag.count
                result.append("?")
            case "0"..."9":
                let isWord = result.last.map { isLetterOrDigit($0) || $0 == "_" || $0 == "$" } ?? false
                if isWord {
                    result.append(sign)
                    index += 1
                } else {
                    // With its fraction, exponent or base.
                    while index < text.count, text[index] == "." || text[index] == "_" || isLetterOrDigit(text[index]) {
                        index += 1
                    }
                    result.append("?")
                }
            case let space where space.properties.isWhitespace:
                if let last = result.last, last != " " { result.append(" ") }
                index += 1
            default:
                result.append(sign)
                index += 1
            }
        }
        return String(result)
    }
}
