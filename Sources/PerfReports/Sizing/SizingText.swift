import PerfModel
import PerfProfiles
import PerfSizing

/// Sizes for people: what to take, every row that applies, how it was computed, what is wrong in the guides, and doubts.
package struct SizingText {
    private static let widestTable = 140

    private let sizing: Sizing
    private let width: Int?
    private let style: TextStyle

    /// - Parameters:
    ///   - sizing: what to show.
    ///   - width: columns of the terminal; nil for no limit.
    ///   - usesColor: whether to colour headings and doubts.
    package init(_ sizing: Sizing, width: Int?, usesColor: Bool) {
        self.sizing = sizing
        self.width = width
        style = TextStyle(usesColor: usesColor)
    }

    /// The whole text, with a newline at its end.
    package var text: String {
        var lines = TextWrap.lines(sizing.summary, width: width).map(style.verdict)
        lines.append("")
        lines += known()
        lines += table()
        lines += reasoning()
        lines += contradictions()
        lines += corrections()
        lines += remedies()
        lines += doubts()
        return lines.joined(separator: "\n") + "\n"
    }

    /// What sizes are for.
    private func known() -> [String] {
        var lines: [String] = []
        // What the CPUs say stands on a line of its own, also when they were given.
        let given = sizing.inputs.given.filter { $0.input != .cores }
        if !given.isEmpty {
            let text = given.map { $0.input.text($0.value) }.joined(separator: ", ")
            lines += TextWrap.lines(text, width: width, first: "Load      ", next: 10)
        }
        if let cpus = sizing.cpus { lines += TextWrap.lines(cpus.text, width: width, first: "CPUs      ", next: 10) }
        for measurement in sizing.measurements {
            let text = "\(measurement.file.printable) (\(measurement.kind))"
            lines += TextWrap.lines(text, width: width, first: "Measured  ", next: 10)
        }
        return lines
    }

    private func table() -> [String] {
        let rows = sizing.recommendations.map { recommendation in
            [
                recommendation.resource.title,
                recommendation.sizes.map(\.text).joined(separator: ", ")
                    + (recommendation.isPreferred ? "" : " (not preferred)"),
                "\(recommendation.title): \(recommendation.row)", recommendation.source.rawValue,
            ]
        }
        let table = WrappedTable(captions: ["for", "size", "because", "source"], rows: rows, fixed: [0, 3])
        // Lists of settings are long: lines of a file are broken as well.
        if let lines = table.lines(width: width ?? Self.widestTable, style: style) { return [""] + lines }
        return [""]
            + rows.flatMap { row in
                TextWrap.lines("\(row[0]): \(row[1])", width: width, next: 2)
                    + TextWrap.lines("\(row[2]) (\(row[3]))", width: width, first: "    ", next: 4)
            }
    }

    private func reasoning() -> [String] {
        section(
            "Reasoning",
            sizing.recommendations.flatMap { recommendation in
                ([recommendation.reasoning].compactMap { $0 } + recommendation.notes).map {
                    "\(recommendation.resource.title): \($0)"
                }
            })
    }

    private func contradictions() -> [String] {
        var lines: [String] = []
        for contradiction in sizing.contradictions {
            lines += ["", style.heading("Contradiction: \(contradiction.resource.title)")]
            for statement in contradiction.statements {
                lines += item("\(statement.source.rawValue): \(statement.text)")
            }
            lines += TextWrap.lines(contradiction.explanation, width: width, first: "  why: ", next: 7)
            lines += TextWrap.lines(contradiction.preferred, width: width, first: "  take: ", next: 8)
        }
        return lines
    }

    /// Each correction once, though several rows may need it.
    private func corrections() -> [String] {
        var seen: Set<SizingRecommendation.Correction> = []
        let all = sizing.recommendations.flatMap(\.corrections).filter { seen.insert($0).inserted }
        return section(
            "Corrected",
            all.map { "\($0.subject): \($0.corrected), not '\($0.claim)' (\($0.source.rawValue)): \($0.reason)" })
    }

    private func remedies() -> [String] {
        section(
            "Remedies",
            sizing.remedies.map { remedy in
                let gain = remedy.claimedGain.map { "; claimed: \($0)" } ?? ""
                return "\(remedy.resource.title): \(remedy.text) (\(remedy.source.rawValue)\(gain))"
            })
    }

    private func doubts() -> [String] {
        guard !sizing.warnings.isEmpty else { return [] }
        var lines = ["", style.heading("Doubts")]
        for warning in sizing.warnings {
            lines += item(warning.message).map(style.warning)
            lines += TextWrap.lines(warning.remedy, width: width, first: "    next: ", next: 10)
        }
        return lines
    }

    private func section(_ title: String, _ items: [String]) -> [String] {
        items.isEmpty ? [] : ["", style.heading(title)] + items.flatMap(item)
    }

    private func item(_ text: String) -> [String] {
        TextWrap.lines(text, width: width, first: "  ", next: 4)
    }
}
