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
        GateWords.ordered(report.result.comparisons).filter { $0.isGated && $0.verdict != .pass }.map { one in
            let place = place(of: one, in: report.result.cause)
            return GateIssue(comparison: one, file: place?.file ?? configuration, line: max(1, place?.line ?? 1))
        }
    }

    /// The code that accounts for a regression most, of the repository; nil where that is not known.
    ///
    /// Readers show files of the repository only, by their path in it.
    static func place(of one: GateResult.Comparison, in cause: GateResult.Cause?) -> (file: String, line: Int?)? {
        guard one.verdict == .fail else { return nil }
        for part in cause?.functions ?? [] where part.benchmark == nil || part.benchmark == one.id {
            if let file = part.file, !file.hasPrefix("/") { return (file, part.line) }
        }
        return nil
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
