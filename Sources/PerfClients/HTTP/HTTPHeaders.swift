/// Lines of the head of an answer, in their order.
package struct HTTPHeaders: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        /// In lower case.
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name.lowercased()
            self.value = value
        }
    }

    package private(set) var fields: [Field] = []
    /// What follows the status: `"Not Found"`; empty in HTTP/2.
    package private(set) var reason = ""

    package init(_ fields: [Field] = []) { self.fields = fields }

    /// The head of an answer, as it came; lines that are no fields are left out.
    ///
    /// A line that begins with a blank goes on with the one before (RFC 9112, section 5.2).
    package init(head: [UInt8]) {
        for line in head.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("HTTP/") {
                fields = []
                reason = text.split(separator: " ", maxSplits: 2).dropFirst(2).first.map(String.init) ?? ""
            } else if text.first == " " || text.first == "\t" {
                guard !fields.isEmpty else { continue }
                fields[fields.count - 1].value += " " + Self.trimmed(text[...])
            } else if let colon = text.firstIndex(of: ":"), colon > text.startIndex {
                fields.append(
                    Field(
                        String(Self.trimmed(text[..<colon])), String(Self.trimmed(text[text.index(after: colon)...]))))
            }
        }
    }

    /// The value of a field; several of one name are joined with commas, as RFC 9110 has it.
    ///
    /// - Parameter name: in lower case.
    package subscript(name: String) -> String? {
        var found: String?
        for field in fields where field.name == name {
            if let before = found {
                found = before + ", " + field.value
            } else {
                found = field.value
            }
        }
        return found
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        return text
    }
}
