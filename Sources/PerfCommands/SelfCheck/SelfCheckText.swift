import PerfLinux
import PerfModel

/// A self-check for people: the verdict, then what is wrong with what mends it, then what works.
package struct SelfCheckText {
    private let check: SelfCheck
    private let usesColor: Bool

    package init(check: SelfCheck, usesColor: Bool) {
        self.check = check
        self.usesColor = usesColor
    }

    /// The whole text without a newline at its end.
    package var text: String {
        let width = check.items.map(\.title.count).max() ?? 0
        var lines = [check.verdict, ""]
        let indent = String(repeating: " ", count: 2 + 7 + 2)
        for item in check.items {
            let title = item.title + String(repeating: " ", count: width - item.title.count)
            lines.append("  \(label(item.state))  \(title)  \(item.finding.printable)")
            if let consequence = item.consequence { lines.append("\(indent)so:   \(consequence.printable)") }
            if let remedy = item.remedy { lines.append("\(indent)mend: \(remedy.printable)") }
        }
        return lines.joined(separator: "\n")
    }

    private func label(_ state: SelfCheckItem.State) -> String {
        let name = state.rawValue + String(repeating: " ", count: 7 - state.rawValue.count)
        guard usesColor else { return name }
        let color =
            switch state {
            case .ok: 32
            case .limited: 33
            case .missing: 31
            }
        return "\u{1B}[\(color)m\(name)\u{1B}[0m"
    }
}
