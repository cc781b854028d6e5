import PerfModel
import PerfProfiles

/// For differential flame graph tools: both values of each stack, as `difffolded.pl` writes them.
package struct FoldedDifferenceFormat: DifferenceFormat {
    package static let id = "folded"
    package static let explanation = "for flamegraph.pl: one line 'root;caller;leaf before after' for each stack"

    /// Values before are scaled so that equal numbers mean equal shares, time per second or time per operation.
    package static func bytes(of report: DifferenceReport) -> [UInt8] {
        let stacks = report.comparison.stacks
        let names = stacks.functions.map { FoldedStacks.escaped($0.name) }
        let scale = report.scaleOfBefore
        var values: [String: (before: Double, after: Int64)] = [:]
        for stack in stacks.stacks {
            let text = stack.frames.isEmpty ? "[no stack]" : stack.frames.map { names[$0] }.joined(separator: ";")
            let known = values[text] ?? (0, 0)
            values[text] = (
                known.before + Double(stack.before.value) * scale, saturatingSum(known.after, stack.after.value)
            )
        }
        var result: [UInt8] = []
        for (text, value) in values.sorted(by: { $0.key < $1.key }) {
            let before = Int64(clamping: value.before)
            guard before != 0 || value.after != 0 else { continue }
            result += "\(text) \(before) \(value.after)\n".utf8
        }
        return result
    }
}

extension Int64 {
    /// The nearest whole number, or the nearest representable one.
    init(clamping value: Double) {
        if value.isNaN {
            self = 0
        } else if let exact = Int64(exactly: value.rounded()) {
            self = exact
        } else {
            self = value < 0 ? .min : .max
        }
    }
}
