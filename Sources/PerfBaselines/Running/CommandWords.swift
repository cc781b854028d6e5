import PerfModel

/// A command line split into words as a POSIX shell does it, quotes and backslashes included; nothing is expanded.
package enum CommandWords {
    /// Splits.
    ///
    /// - Parameter text: `grep -c 'a b' "file name"`.
    /// - Returns: the words; at least one.
    /// - Throws: when a quote has no end, when there is no word, or when a shell would do more than split.
    package static func split(_ text: String) throws(CommandWordsError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var rest = text[...]
        while let character = rest.popFirst() {
            switch (character, quote) {
            case ("'", "'"), ("\"", "\""): quote = nil
            case (_, "'"): word?.append(character)
            case ("\\", "\""):
                // Within double quotes it escapes these alone.
                guard let next = rest.first, "\"\\$`".contains(next) else {
                    word?.append(character)
                    continue
                }
                word?.append(rest.removeFirst())
            case (_, "\""):
                if "$`".contains(character) { throw .needsShell(text: text, part: String(character)) }
                word?.append(character)
            case ("'", nil), ("\"", nil):
                quote = character
                word = word ?? ""
            case ("\\", nil):
                guard let next = rest.popFirst() else { throw .openEnd(text: text, part: "\\") }
                word = (word ?? "") + String(next)
            case (" ", nil), ("\t", nil), ("\n", nil):
                if let ended = word { words.append(ended) }
                word = nil
            case (_, nil) where "|&;<>()$`*?[#~".contains(character) && isSpecial(character, after: word):
                throw .needsShell(text: text, part: String(character))
            default: word = (word ?? "") + String(character)
            }
        }
        if let quote { throw .openEnd(text: text, part: String(quote)) }
        if let word { words.append(word) }
        guard !words.isEmpty else { throw .empty }
        return words
    }

    /// `#` and `~` are special at the start of a word only.
    private static func isSpecial(_ character: Character, after word: String?) -> Bool {
        !"#~".contains(character) || word == nil
    }
}

/// A command line that cannot be split into words.
package enum CommandWordsError: UserFacingError, Hashable {
    case empty
    case openEnd(text: String, part: String)
    case needsShell(text: String, part: String)

    package var summary: String {
        switch self {
        case .empty: "a command is empty"
        case .openEnd(let text, let part): "the command \(text.printable) ends within a quotation (\(part))"
        case .needsShell(let text, let part):
            "the command \(text.printable) needs a shell: it has \(part) outside of quotation marks"
        }
    }

    package var remedy: String? {
        switch self {
        case .empty: "perfdoctor bench 'COMMAND' 'OTHER COMMAND'"
        case .openEnd: "close the quotation"
        case .needsShell: "quote it, or let a shell run the command, whose start is measured as well: --shell sh"
        }
    }

    package var exitCode: ExitCode { .usage }
}
