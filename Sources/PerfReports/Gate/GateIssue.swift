import PerfBaselines
import PerfModel

/// What reviewers see at a line of code: one comparison that did not pass.
struct GateIssue {
    let comparison: GateResult.Comparison
    let file: String
    let line: Int

    /// Those of a report that decide, the worst first.
    ///
    /// A regression stands where its cause is; what has none, at the configuration, since readers want a file.
    static func all(of report: GateReport) -> [GateIssue] {
        let place = report.result.cause?.functions.first { $0.file != nil }
        return GateWords.ordered(report.result.comparisons).filter { $0.isGated && $0.verdict != .pass }.map { one in
            let isPlaced = one.verdict == .fail && place != nil
            return GateIssue(
                comparison: one, file: isPlaced ? place?.file ?? configuration : configuration,
                line: isPlaced ? max(1, place?.line ?? 1) : 1)
        }
    }

    private static let configuration = "perfdoctor.json"

    /// `"perfdoctor/sampled"`.
    var rule: String { "perfdoctor/\(comparison.channel.rawValue)" }

    var message: String {
        let metric = comparison.metric.isEmpty ? "" : ", \(GateWords.name(ofMetric: comparison.metric))"
        return "\(comparison.id)\(metric): \(comparison.reason)".printable
    }

    /// The same for the same comparison in every run: FNV-1a, 64 bits, in hexadecimal.
    var fingerprint: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(rule)\u{0}\(comparison.id)\u{0}\(comparison.metric)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
