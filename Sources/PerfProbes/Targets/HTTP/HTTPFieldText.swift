/// Values of fields as RFC 9110 writes them: lists, parameters, texts in quotes.
enum HTTPFieldText {
    /// Elements of a list, split at commas outside of quotes; empty ones are left out.
    static func elements(_ text: String) -> [String] { split(text, at: ",").filter { !$0.isEmpty } }

    /// Parts between separators outside of quotes, without blanks around them.
    static func split(_ text: String, at separator: Unicode.Scalar) -> [String] {
        var parts: [String] = []
        var part = ""
        var (isQuoted, isEscaped) = (false, false)
        for scalar in text.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                isQuoted.toggle()
            } else if scalar == separator, !isQuoted {
                parts.append(trimmed(part))
                part = ""
                continue
            }
            part.unicodeScalars.append(scalar)
        }
        return parts + [trimmed(part)]
    }

    /// `name=value` or `name="value"`; the name in lower case.
    static func pair(_ text: String) -> (name: String, value: String)? {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = trimmed(String(text[..<equals])).lowercased()
        var value = trimmed(String(text[text.index(after: equals)...]))
        if value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
            value = String(value.dropFirst().dropLast())
        }
        return name.isEmpty ? nil : (name, value)
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...].drop { $0 == " " || $0 == "\t" }
        while let last = rest.last, last == " " || last == "\t" { rest = rest.dropLast() }
        return String(rest)
    }
}
