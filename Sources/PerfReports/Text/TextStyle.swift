import PerfProfiles

/// Terminal colours, where they are wanted.
struct TextStyle: Sendable {
    let usesColor: Bool

    func heading(_ text: String) -> String { wrap(text, "1") }
    func verdict(_ text: String) -> String { wrap(text, "1") }
    func faint(_ text: String) -> String { wrap(text, "2") }
    func warning(_ text: String) -> String { wrap(text, "33") }

    /// A share of the whole: what is large stands out.
    func share(_ text: String, ratio: Double) -> String {
        switch abs(ratio) {
        case 0.2...: wrap(text, "1;31")
        case 0.05..<0.2: wrap(text, "33")
        default: text
        }
    }

    /// A difference; red and blue are told apart by people with any colour vision.
    func change(_ text: String, isIncrease: Bool) -> String { wrap(text, isIncrease ? "31" : "34") }

    private func wrap(_ text: String, _ code: String) -> String {
        usesColor && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

extension String {
    /// Padded with spaces on the right, counted in columns.
    func padded(to width: Int) -> String {
        let missing = width - displayWidth
        return missing > 0 ? self + String(repeating: " ", count: missing) : self
    }

    /// Padded with spaces on the left, counted in columns.
    func leftPadded(to width: Int) -> String {
        let missing = width - displayWidth
        return missing > 0 ? String(repeating: " ", count: missing) + self : self
    }
}
