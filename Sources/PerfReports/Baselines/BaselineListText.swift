import PerfBaselines
import PerfModel
import PerfProfiles

/// Baselines of a store as a table.
package struct BaselineListText {
    private let entries: [BaselineEntry]
    /// Nanoseconds since 1970-01-01 UTC.
    private let now: Int64
    private let usesColor: Bool

    package init(_ entries: [BaselineEntry], now: Int64, usesColor: Bool = false) {
        self.entries = entries
        self.now = now
        self.usesColor = usesColor
    }

    package var text: String {
        let rows = entries.map { entry -> [String] in
            guard let content = entry.content else {
                return [entry.machineClass.printable, entry.name.printable, "", "", "broken"]
            }
            return [
                entry.machineClass.printable, entry.name.printable,
                Self.age(of: content.startedAt, now: now), Self.contents(content), content.tool.printable,
            ]
        }
        var lines = PlainTable(
            captions: ["machine class", "baseline", "age", "holds", "tool"], rows: rows, rightAligned: [2]
        ).lines(usesColor: usesColor)
        for entry in entries {
            if let problem = entry.problem { lines.append("broken: \(problem)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `"3 days"`; from 30 days on a baseline is old.
    static func age(of time: Int64?, now: Int64) -> String {
        guard let time else { return "-" }
        let (difference, overflow) = now.subtractingReportingOverflow(time)
        guard !overflow, difference >= 0 else { return "in future" }
        let hours = difference / 3_600_000_000_000
        if hours < 1 { return "< 1 hour" }
        return hours < 48 ? Quantity.counted(hours, "hour") : Quantity.counted(hours / 24, "day")
    }

    private static func contents(_ content: BaselineContent) -> String {
        var parts: [String] = []
        if content.seriesCount > 0 { parts.append("\(Quantity.grouped(Int64(content.seriesCount))) series") }
        if content.objectiveCount > 0 { parts.append(Quantity.counted(Int64(content.objectiveCount), "objective")) }
        if content.hasDiagnosis { parts.append("a diagnosis") }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
}
