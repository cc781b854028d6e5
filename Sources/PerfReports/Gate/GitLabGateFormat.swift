import PerfBaselines
import PerfModel

/// For GitLab: a code quality report (`artifacts:reports:codequality`), shown in the merge request.
package struct GitLabGateFormat: GateFormat {
    package static let id = "gitlab"
    package static let explanation = "for GitLab: a code quality report"

    package static func bytes(of report: GateReport) -> [UInt8] {
        var json = JSONText()
        json.list(GateIssue.all(of: report)) { json, issue in
            json.raw("{")
            json.key("description")
            json.string(issue.message)
            json.raw(",")
            json.key("check_name")
            json.string(issue.rule)
            json.raw(",")
            json.key("fingerprint")
            json.string(issue.fingerprint)
            json.raw(",")
            json.key("severity")
            json.string(issue.comparison.verdict == .fail ? "major" : "minor")
            json.raw(",")
            json.key("location")
            json.raw("{")
            json.key("path")
            json.string(issue.file.printable)
            json.raw(",")
            json.key("lines")
            json.raw("{")
            json.key("begin")
            json.integer(issue.line)
            json.raw("}}}")
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
