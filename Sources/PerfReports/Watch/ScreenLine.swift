import PerfModel
import PerfProfiles

/// One line of a screen: pieces of printable text with their looks, as wide as they are.
struct ScreenLine: Sendable {
    enum Look: Sendable { case plain, strong, faint, warning, critical, selected }

    private(set) var pieces: [(text: String, look: Look)] = []

    init(_ text: String = "", _ look: Look = .plain) { add(text, look) }

    mutating func add(_ text: String, _ look: Look = .plain) {
        if !text.isEmpty { pieces.append((text.printable, look)) }
    }

    var width: Int { pieces.reduce(0) { $0 + $1.text.displayWidth } }

    /// As a terminal takes it, cut off at a width; what is selected fills the line.
    func text(width: Int, usesColor: Bool) -> String {
        var result = ""
        var room = width
        for (text, look) in pieces {
            var shown = text
            if shown.displayWidth > room {
                // A column is left for the mark that something is missing.
                shown = room > 0 ? String(text.prefix(columns: room - 1)) + "…" : ""
            }
            room -= shown.displayWidth
            result += Self.styled(shown, look, usesColor)
            guard room > 0 else { break }
        }
        if usesColor, pieces.last?.look == .selected, room > 0 {
            result += Self.styled(String(repeating: " ", count: room), .selected, true)
        }
        return usesColor ? result : result.trimmedRight
    }

    private static func styled(_ text: String, _ look: Look, _ usesColor: Bool) -> String {
        guard usesColor, !text.isEmpty else { return text }
        let code: String
        switch look {
        case .plain: return text
        case .strong: code = "1"
        case .faint: code = "2"
        case .warning: code = "33"
        case .critical: code = "1;31"
        case .selected: code = "7"
        }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
