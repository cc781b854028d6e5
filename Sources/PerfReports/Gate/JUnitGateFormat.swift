import PerfBaselines
import PerfModel

/// For CI servers that read JUnit's XML: a test case for each comparison.
///
/// The form is the one that Jenkins, GitLab and Azure read (the schema of Jenkins' xunit plug-in, version 10): failures
/// are regressions, errors are what cannot be trusted, skipped is what could not be decided.
package struct JUnitGateFormat: GateFormat {
    package static let id = "junit"
    package static let explanation = "for CI servers: JUnit XML, a test case for each comparison"

    package static func bytes(of report: GateReport) -> [UInt8] {
        let comparisons = report.result.comparisons
        func count(_ verdict: GateResult.Verdict) -> Int { comparisons.count { $0.isGated && $0.verdict == verdict } }
        let seconds = Quantity.fixed(
            Double(report.duration?.wholeNanoseconds ?? 0) / 1e9, digits: 3)
        let counts =
            "tests=\"\(comparisons.count)\" failures=\"\(count(.fail))\" errors=\"\(count(.invalid))\""
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites name=\"perfdoctor gate\" \(counts) time=\"\(seconds)\">",
            "  <testsuite name=\"perfdoctor gate\" \(counts) skipped=\"\(count(.inconclusive))\" time=\"\(seconds)\""
                + (report.startedAt.map {
                    " timestamp=\"\(InternetTime.text(nanosecondsSince1970: $0 / 1_000_000_000 * 1_000_000_000).dropLast())\""
                } ?? "") + ">",
        ]
        for one in comparisons { lines += testCase(one) }
        let summary = HTMLMarkup.escaped(report.result.summary.printable)
        lines.append("    <system-out>\(summary)</system-out>")
        lines += ["  </testsuite>", "</testsuites>", ""]
        return Array(lines.joined(separator: "\n").utf8)
    }

    private static func testCase(_ one: GateResult.Comparison) -> [String] {
        let name = HTMLMarkup.escaped((one.metric.isEmpty ? one.channel.rawValue : one.metric).printable)
        let group = HTMLMarkup.escaped(one.id.printable)
        let message = HTMLMarkup.escaped(one.reason.printable)
        let head = "    <testcase classname=\"\(group)\" name=\"\(name)\" time=\"0\""
        let detail = HTMLMarkup.escaped(
            "base \(GateWords.value(one.baseline, unit: one.unit)), head \(GateWords.value(one.head, unit: one.unit)), "
                + "change \(GateWords.change(one.effectRatio)), interval \(GateWords.interval(one.interval)), n \(one.count)"
        )
        let element: String? =
            switch (one.verdict, one.isGated) {
            case (.fail, true): "<failure message=\"\(message)\" type=\"regression\">\(detail)</failure>"
            case (.invalid, true): "<error message=\"\(message)\" type=\"invalid\">\(detail)</error>"
            case (.inconclusive, true): "<skipped message=\"\(message)\"/>"
            default: nil
            }
        guard let element else { return [head + "/>"] }
        return [head + ">", "      \(element)", "    </testcase>"]
    }
}
