import PerfBaselines
import PerfModel

/// For GitHub Actions: a workflow command for each comparison that matters, shown beside the changed code.
package struct GitHubGateFormat: GateFormat {
    package static let id = "github"
    package static let explanation = "for GitHub Actions: annotations as workflow commands"

    package static func bytes(of report: GateReport) -> [UInt8] {
        let result = report.result
        var lines: [String] = []
        for one in GateWords.ordered(result.comparisons) where one.verdict != .pass {
            let level = one.verdict == .fail && one.isGated ? "error" : one.isGated ? "warning" : "notice"
            var properties = ["title=\(property("perfdoctor: \(one.id.printable)"))"]
            if let place = GateIssue.place(of: one, in: result.cause) {
                properties.insert("file=\(property(place.file.printable))", at: 0)
                if let line = place.line { properties.insert("line=\(line)", at: 1) }
            }
            lines.append("::\(level) \(properties.joined(separator: ","))::\(data(message(one)))")
        }
        let level = result.verdict == .pass ? "notice" : result.verdict == .fail ? "error" : "warning"
        lines.append(
            "::\(level) title=perfdoctor gate::\(data("\(result.verdict.rawValue): \(result.summary.printable)"))")
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    private static func message(_ one: GateResult.Comparison) -> String {
        let metric = one.metric.isEmpty ? "" : "\(GateWords.name(ofMetric: one.metric)): "
        return "\(metric)\(one.reason.printable)"
    }

    /// As GitHub's toolkit escapes the text behind `::`.
    private static func data(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    /// The same of a property, in which more characters mean something.
    private static func property(_ text: String) -> String {
        data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
}
