import PerfProfiles

/// For flame graph tools: one line for each distinct stack.
package struct FoldedFormat: ReportFormat {
    package static let id = "folded"
    package static let explanation = "for flame graph tools: one line 'root;caller;leaf value' for each distinct stack"

    package static func bytes(of report: Report) throws -> [UInt8] {
        var result: [UInt8] = []
        for line in FoldedStacks(try report.stackView()).lines {
            result += line.utf8
            result.append(UInt8(ascii: "\n"))
        }
        return result
    }
}
