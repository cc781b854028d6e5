/// Commands and what they print, as a document shows them.
///
/// A block is fenced as `console` and stands below the comment `transcript`; lines that begin with `$` are commands.
/// Numbers may be any numbers in any unit, runs of blanks any blanks, `…` in a line any text, and a line of `…` any lines.
struct Transcript {
    struct Step {
        var command: String
        var expected: [String]
    }

    var steps: [Step]

    /// The transcripts of a Markdown document.
    static func all(in markdown: String) -> [Transcript] {
        var transcripts: [Transcript] = []
        var steps: [Step]?
        var isMarked = false
        for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
            if var open = steps {
                if line == "```" {
                    transcripts.append(Transcript(steps: open))
                    steps = nil
                } else {
                    if line.hasPrefix("$ ") {
                        open.append(Step(command: String(line.dropFirst(2)), expected: []))
                    } else if !open.isEmpty {
                        open[open.count - 1].expected.append(String(line))
                    }
                    steps = open
                }
            } else if line == "```console", isMarked {
                steps = []
                isMarked = false
            } else if !line.isEmpty {
                isMarked = line == "<!-- transcript -->"
            }
        }
        return transcripts
    }

    /// Whether what was printed is what the document promises.
    static func matches(_ printed: [String], expected: [String]) -> Bool {
        match(printed.map(Self.pattern)[...], expected.map(Self.pattern)[...])
    }

    /// Numbers become `0`, runs of blanks one blank.
    private static func pattern(_ line: String) -> [Character] {
        var result: [Character] = []
        var isNumber = false
        for character in line {
            if character.isASCII, character.isNumber {
                if !isNumber { result.append("0") }
                isNumber = true
            } else if isNumber, character == "." || character == "," {
                // Part of the number, as in 1,234.5; the next digit belongs to it.
            } else {
                isNumber = false
                if character != " " || result.last != " " { result.append(character) }
            }
        }
        while result.last == " " { result.removeLast() }
        // A faster machine has ms where a slower one has s.
        let words = String(result).split(separator: " ", omittingEmptySubsequences: false)
        var kept: [Substring] = []
        for word in words {
            let isUnit = ["ns", "µs", "ms", "s", "bytes", "KiB", "MiB", "GiB"].contains {
                word == $0 || word == "\($0),"
            }
            if isUnit, kept.last == "0" { continue }
            kept.append(word)
        }
        return Array(kept.joined(separator: " "))
    }

    private static func match(_ printed: ArraySlice<[Character]>, _ expected: ArraySlice<[Character]>) -> Bool {
        guard let first = expected.first else { return printed.isEmpty }
        if first == ["…"] {
            let rest = expected.dropFirst()
            return (printed.startIndex...printed.endIndex).contains { match(printed[$0...], rest) }
        }
        guard let line = printed.first, matchLine(line[...], first[...]) else { return false }
        return match(printed.dropFirst(), expected.dropFirst())
    }

    private static func matchLine(_ line: ArraySlice<Character>, _ expected: ArraySlice<Character>) -> Bool {
        guard let first = expected.first else { return line.isEmpty }
        if first == "…" {
            let rest = expected.dropFirst()
            return (line.startIndex...line.endIndex).contains { matchLine(line[$0...], rest) }
        }
        return line.first == first && matchLine(line.dropFirst(), expected.dropFirst())
    }
}
