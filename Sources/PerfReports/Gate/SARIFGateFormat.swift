import PerfBaselines
import PerfModel

/// For code scanning: SARIF 2.1.0 (OASIS), as GitHub, GitLab and Azure read it.
package struct SARIFGateFormat: GateFormat {
    package static let id = "sarif"
    package static let explanation = "for code scanning: SARIF 2.1.0"

    package static func bytes(of report: GateReport) -> [UInt8] {
        var json = JSONText()
        json.raw(##"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"##)
        json.key("tool")
        json.raw(#"{"driver":{"name":"perfdoctor","version":"#)
        json.string(ToolVersion.current.version)
        json.raw(",")
        json.key("rules")
        json.list(GateResult.Comparison.Channel.allCases) { json, channel in
            json.raw("{")
            json.key("id")
            json.string("perfdoctor/\(channel.rawValue)")
            json.raw(",")
            json.key("shortDescription")
            json.raw(#"{"text":"#)
            json.string(explanation(of: channel))
            json.raw("}}")
        }
        json.raw("}},")
        json.key("results")
        json.list(GateIssue.all(of: report)) { json, issue in result(issue, to: &json) }
        json.raw("}]}\n")
        return json.bytes
    }

    private static func result(_ issue: GateIssue, to json: inout JSONText) {
        json.raw("{")
        json.key("ruleId")
        json.string(issue.rule)
        json.raw(",")
        json.key("level")
        json.string(issue.comparison.verdict == .fail ? "error" : "warning")
        json.raw(",")
        json.key("message")
        json.raw(#"{"text":"#)
        json.string(issue.message)
        json.raw("},")
        json.key("partialFingerprints")
        json.raw(#"{"comparison/v1":"#)
        json.string(issue.fingerprint)
        json.raw("},")
        json.key("locations")
        json.raw(#"[{"physicalLocation":{"artifactLocation":{"uri":"#)
        json.string(uri(issue.file))
        json.raw(#"},"region":{"startLine":"#)
        json.integer(issue.line)
        json.raw("}}}]}")
    }

    /// A path as a relative reference of RFC 3986.
    private static func uri(_ path: String) -> String {
        var result = ""
        for byte in path.printable.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                byte < 0x80 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                || "-._~/".utf8.contains(byte)
            if isPlain {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }

    private static func explanation(of channel: GateResult.Comparison.Channel) -> String {
        switch channel {
        case .sampled: "A metric got worse, beyond noise"
        case .counter: "A count that is the same in every run got worse"
        case .objective: "A service level objective is not met"
        case .leak: "Memory is leaked"
        case .diagnosis: "Another resource is the bottleneck now"
        case .presence: "A benchmark is missing, crashed, or cannot be compared"
        }
    }
}
