import PerfModel
import PerfProfiles

/// The lines of a function with what each costs.
struct AnnotatedSource {
    let profile: Profile
    private let lineView: ProfileView
    private let sources: any SourceTextProvider
    private let layout: Report.Layout
    private let style: TextStyle
    /// Lines that have values, by the function that they belong to.
    private let rows: [FunctionKey: [FrameTable.Row]]

    /// Lines around a hot one.
    private static let context = 3
    /// Hot lines shown of one function.
    private static let limit = 24

    private struct FunctionKey: Hashable {
        var name: String
        var file: String
        var module: String

        init(_ frame: ProfileView.Frame) {
            (name, file, module) = (frame.name, frame.file, frame.module)
        }
    }

    init(profile: Profile, lineView: ProfileView, sources: any SourceTextProvider, layout: Report.Layout) {
        self.profile = profile
        self.lineView = lineView
        self.sources = sources
        self.layout = layout
        self.style = TextStyle(usesColor: layout.usesColor)
        self.rows = Dictionary(grouping: FrameTable(lineView).rows) { FunctionKey(lineView.frames[$0.frame]) }
    }

    /// Whether lines of the function are known and their file is here.
    func hasSource(_ function: ProfileView.Frame) -> Bool {
        guard !function.file.isEmpty,
            rows[FunctionKey(function)]?.contains(where: { lineView.frames[$0.frame].line > 0 }) == true
        else { return false }
        if case .lines = sources.text(of: function.file) { return true }
        return false
    }

    func lines(of function: ProfileView.Frame, row: FrameTable.Row) -> [String] {
        let own = Quantity.percent(row.selfValue, of: lineView.magnitude)
        let total = Quantity.percent(row.total, of: lineView.magnitude)
        var name = layout.shown(function.name)
        if let width = layout.width, !layout.isVerbose { name = ShortName.of(name, width: max(20, width - 30)) }
        var lines = ["", style.heading("\(name)  (self \(own), total \(total))")]
        let hot = (rows[FunctionKey(function)] ?? []).filter { lineView.frames[$0.frame].line > 0 }
        guard !function.file.isEmpty, !hot.isEmpty else {
            let module = function.module.isEmpty ? "its module" : function.module.lastPathComponent.printable
            lines.append("  no source lines known: \(module) has no debug information for it")
            lines.append("  next: build it with -g, or install its debug symbols, and record again")
            return lines
        }
        lines.append("  " + style.faint(function.file.printable))
        switch sources.text(of: function.file) {
        case .unavailable(let reason):
            lines.append("  source not shown: \(reason.printable)")
            lines += body(hot, text: [])
        case .lines(let text, let modifiedAt):
            if profile.startedAt != 0, modifiedAt > profile.startedAt {
                lines.append(
                    style.warning(
                        "  the file changed after the recording (\(Timestamp.text(nanosecondsSince1970: modifiedAt))):"
                            + " lines may not match"))
            }
            let last = hot.map { lineView.frames[$0.frame].line }.max() ?? 0
            if last > text.count {
                lines.append(
                    style.warning(
                        "  the file has \(text.count) lines but the profile names line \(last): another version"))
            }
            lines += body(hot, text: text)
        }
        return lines
    }

    /// The directory of the first source file that is not here; nil when all are.
    func missingDirectory(of functions: [ProfileView.Frame]) -> String? {
        for function in functions where !function.file.isEmpty {
            guard case .unavailable = sources.text(of: function.file),
                let slash = function.file.lastIndex(of: "/")
            else { continue }
            return String(function.file[..<slash])
        }
        return nil
    }

    /// The hottest lines with what stands around them, in the order of the file.
    private func body(_ hot: [FrameTable.Row], text: [String]) -> [String] {
        let chosen = hot.prefix(Self.limit)
        var values: [Int: FrameTable.Row] = [:]
        // Some tools write one function several times; their lines add up.
        for row in chosen {
            let line = lineView.frames[row.frame].line
            if values[line]?.add(row) == nil { values[line] = row }
        }
        var wanted: Set<Int> = []
        for line in values.keys {
            wanted.insert(line)
            // A line number comes from the file: it may be as large as it likes.
            guard line <= text.count else { continue }
            wanted.formUnion(max(1, line - Self.context)...min(text.count, line + Self.context))
        }
        let numberWidth = max(5, String(wanted.max() ?? 0).count)
        var lines = [style.heading("   self   total  " + "line".leftPadded(to: numberWidth))]
        var previous: Int?
        for line in wanted.sorted() {
            if let previous, line > previous + 1 {
                lines.append(String(repeating: " ", count: 17 + numberWidth - 1) + style.faint("⋮"))
            }
            previous = line
            lines.append(self.line(line, row: values[line], text: text, numberWidth: numberWidth))
        }
        if hot.count > chosen.count { lines.append("  \(hot.count - chosen.count) colder lines are not shown") }
        return lines
    }

    private func line(_ number: Int, row: FrameTable.Row?, text: [String], numberWidth: Int) -> String {
        var own = ""
        var total = ""
        var ratio = 0.0
        if let row {
            own = row.selfValue == 0 ? "" : Quantity.percent(row.selfValue, of: lineView.magnitude)
            total = Quantity.percent(row.total, of: lineView.magnitude)
            ratio = lineView.magnitude == 0 ? 0 : Double(row.selfValue) / Double(lineView.magnitude)
        }
        var code = ""
        if number <= text.count {
            code = Self.expandingTabs(text[number - 1]).printable
            if let width = layout.width, !layout.isVerbose {
                let room = max(10, width - 19 - numberWidth)
                if code.displayWidth > room { code = code.prefix(columns: room - 1) + "…" }
            }
        }
        let numbers = "\(style.share(own.leftPadded(to: 7), ratio: ratio)) \(total.leftPadded(to: 7))"
        let shownNumber = style.faint(String(number).leftPadded(to: numberWidth))
        return "\(numbers)  \(shownNumber)  \(code)".trimmedRight
    }

    private static func expandingTabs(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\t")) else { return text }
        var result = ""
        var column = 0
        for character in text {
            if character == "\t" {
                let missing = 4 - column % 4
                result += String(repeating: " ", count: missing)
                column += missing
            } else {
                result.append(character)
                column += character.displayWidth
            }
        }
        return result
    }
}

extension FrameTable.Row {
    fileprivate mutating func add(_ other: FrameTable.Row) {
        selfValue = saturatingSum(selfValue, other.selfValue)
        total = saturatingSum(total, other.total)
        selfSamples = saturatingSum(selfSamples, other.selfSamples)
        totalSamples = saturatingSum(totalSamples, other.totalSamples)
    }
}
