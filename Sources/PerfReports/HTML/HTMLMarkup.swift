import PerfModel

/// Markup in which a text is always a text, whoever chose it.
struct HTMLMarkup {
    private(set) var bytes: [UInt8] = []

    /// Markup as it is: constants only.
    mutating func raw(_ markup: StaticString) {
        bytes.append(contentsOf: markup.description.utf8)
    }

    /// A text as the content of an element, on one line.
    mutating func text(_ text: String) {
        bytes.append(contentsOf: Self.escaped(text.printable).utf8)
    }

    /// An element with what `body` writes.
    mutating func element(
        _ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
        _ body: (inout HTMLMarkup) -> Void
    ) {
        open(tag, attributes)
        body(&self)
        raw("</")
        raw(tag)
        raw(">")
    }

    /// An element with a text.
    mutating func element(
        _ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String>, _ text: String
    ) {
        element(tag, attributes) { $0.text(text) }
    }

    /// An element with a text, without attributes.
    mutating func element(_ tag: StaticString, _ text: String) {
        element(tag, [:], text)
    }

    private mutating func open(_ tag: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        raw("<")
        raw(tag)
        for (name, value) in attributes where !value.isEmpty {
            raw(" ")
            raw(name)
            raw("=\"")
            text(value)
            raw("\"")
        }
        raw(">")
    }

    /// Text that may stand in an element and in a quoted attribute.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
