import PerfModel

/// Text in Markdown of GitHub and GitLab that stays text.
///
/// Escapes are not enough: both turn `@name`, `#12`, `!3`, `$4`, `%5`, `:smile:`, commit ids and addresses into links
/// after the Markdown is parsed. A word that could mean anything of that kind becomes a code span, in which nothing
/// means anything.
enum MarkdownText {
    /// A sentence on one line, its risky words as code; may stand in a table and at the start of a line.
    static func text(_ text: String) -> String {
        text.printable.split(separator: " ", omittingEmptySubsequences: false).enumerated().map { index, word in
            isPlain(word) && !(index == 0 && startsBlock(word)) ? String(word) : codeWord(word)
        }.joined(separator: " ")
    }

    /// A word as code, without the punctuation of the sentence around it.
    private static func codeWord(_ word: Substring) -> String {
        let core = word.drop { $0 == "(" }
        guard let end = core.lastIndex(where: { !"),.;:".contains($0) }) else { return code(String(word)) }
        return word[..<core.startIndex] + code(String(core[...end])) + core[core.index(after: end)...]
    }

    /// A text as code, whatever it holds; in tables as well.
    static func code(_ text: String) -> String {
        let text = text.printable
        guard !text.isEmpty else { return "" }
        let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
        let fence = String(repeating: "`", count: longest + 1)
        let padding = text.hasPrefix("`") || text.hasSuffix("`") || text.hasPrefix(" ") ? " " : ""
        // A vertical bar ends a cell even within code: this one looks the same and does not.
        return fence + padding + text.replacing("|", with: "\u{2502}") + padding + fence
    }

    /// Whether no reading of a word is anything but the word.
    private static func isPlain(_ word: Substring) -> Bool {
        guard word.unicodeScalars.allSatisfy(isPlain) else { return false }
        let lower = word.lowercased()
        if !hasInnerUnderscoresOnly(word) { return false }
        if lower.contains("www.") || lower.contains("://") || isLikeEmoji(word) || isLikeCommit(lower) { return false }
        // A percentage, not GitLab's milestone; an amount, not its snippet.
        if let sign = word.firstIndex(of: "%"), word.index(after: sign) < word.endIndex {
            let next = word[word.index(after: sign)]
            if next.isLetter || next.isNumber || next == "\"" { return false }
        }
        return !isLikeIssue(word)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if !scalar.isASCII { return scalar.properties.isAlphabetic || "–—·…×µ→≥≤±".unicodeScalars.contains(scalar) }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || ".,;:()'\"/+-%?=_".unicodeScalars.contains(scalar)
    }

    /// Between letters and digits an underscore is one; elsewhere it may begin emphasis.
    private static func hasInnerUnderscoresOnly(_ word: Substring) -> Bool {
        zip(word.indices, word).allSatisfy { index, character in
            guard character == "_" else { return true }
            guard index > word.startIndex, word.index(after: index) < word.endIndex else { return false }
            let neighbours = [word[word.index(before: index)], word[word.index(after: index)]]
            return neighbours.allSatisfy { $0.isLetter || $0.isNumber }
        }
    }

    /// `:smile:` or `:100:`, but no time of day.
    private static func isLikeEmoji(_ word: Substring) -> Bool {
        let parts = word.split(omittingEmptySubsequences: false) { $0 == ":" }
        return parts.dropFirst().dropLast().contains { $0.count > 2 || $0.contains(where: \.isLetter) }
    }

    /// Seven or more hexadecimal digits, which are a link where a commit has that id.
    private static func isLikeCommit(_ word: String) -> Bool {
        var run = 0
        for character in word.unicodeScalars {
            run = character.properties.isHexDigit ? run + 1 : 0
            if run >= 7 { return true }
        }
        return false
    }

    /// A reference to an issue: `GH-12`, `ABC-12`.
    private static func isLikeIssue(_ word: Substring) -> Bool {
        guard let dash = word.firstIndex(of: "-") else { return false }
        let (before, after) = (word[..<dash].last, word[word.index(after: dash)...].first)
        return before?.isUppercase == true && after?.isNumber == true
    }

    /// Whether a word at the start of a line begins a list, a heading or a rule.
    private static func startsBlock(_ word: Substring) -> Bool {
        guard let first = word.first else { return false }
        if "-+=".contains(first) { return true }
        let rest = word.drop { $0.isNumber }
        return first.isNumber && (rest == "." || rest == ")")
    }
}
