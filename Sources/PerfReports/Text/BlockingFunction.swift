import PerfModel
import PerfProfiles

/// The program's own functions that wait: what a person can change.
///
/// The leaf of a wait is nearly always the C library's; the innermost frame that is the program's own names the place.
enum BlockingFunction {
    struct Share {
        /// Index into the view's `frames`.
        var frame: Int
        var total: Int64
    }

    /// Functions that say nothing about a wait: those that every program begins with, and those that wait for whatever
    /// their caller wants.
    private static let silentNames: Set<String> = [
        "_start", "main", "WaitEventSetWait", "WaitLatch", "WaitLatchOrSocket", "aeApiPoll",
    ]

    /// The function with the largest share of the time; nil when no stack has one of the program's own.
    static func largest(in view: ProfileView) -> Share? {
        var totals: [Int: Int64] = [:]
        let categories = view.frames.map { frame in
            frame.kind == .label ? .unknown : FrameCategory(name: frame.name, module: frame.module)
        }
        let isNamed = view.frames.map { !silentNames.contains($0.name) }
        for (stack, total) in zip(view.stacks, view.stackTotals) {
            let own = stack.last { categories[$0] == .own && isNamed[$0] }
            // Of a language whose runtime is a library, the program is little more than `main`.
            guard
                let frame = own ?? stack.last(where: { categories[$0] == .library && isNamed[$0] })
                    ?? stack.last(where: { categories[$0] == .own })
            else { continue }
            totals[frame] = saturatingSum(totals[frame] ?? 0, total.value)
        }
        return totals.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { Share(frame: $0.key, total: $0.value) }
    }

    /// `"blockOnLock waits for 33.1% of the off-CPU time"`; nil for profiles that count no waits.
    static func sentence(of report: Report) -> String? {
        let view = report.view
        guard view.sampleType.type == "off_cpu", !view.dimension.isLabel, view.total == view.magnitude,
            let share = largest(in: view)
        else { return nil }
        let name = ShortName.of(
            report.layout.shown(view.frames[share.frame].name), width: report.layout.isVerbose ? .max : 72)
        var text = "\(name) waits for \(Quantity.percent(share.total, of: view.magnitude)) of the off-CPU time"
        var reasons: [String: Int64] = [:]
        for weight in view.weights where view.stacks[weight.stack].contains(share.frame) {
            guard let reason = view.profile.text(LabelKey.wait, in: weight.labelSet) else { continue }
            reasons[reason] = saturatingSum(reasons[reason] ?? 0, weight.value)
        }
        if let main = reasons.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
            text += ", mostly for \(WaitTableText.meaning(of: main.key))"
        }
        return text
    }
}
