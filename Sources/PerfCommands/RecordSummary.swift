import PerfLinux
import PerfModel
import PerfProfiles
import PerfSessions

/// What was recorded and what to do with it, for standard error.
struct RecordSummary {
    let recording: RecordSession.Recording
    let path: String

    /// What is wrong with more than a hundredth of the samples, as a line of its own; reports say what to do.
    private var losses: String {
        guard let counts = recording.profile.extras?.counts, counts.samples > 0 else { return "" }
        let all = [
            (counts.lost, "lost"), (counts.truncated, "with a stack deeper than what is copied"),
            (counts.degraded, "unwound by frame pointers for want of time"), (counts.malformed, "unreadable"),
        ]
        let relevant = all.filter { $0.0 * 100 > counts.samples }.map { "\($0.0) samples \($0.1)" }
        return relevant.isEmpty ? "" : "perfdoctor: \(relevant.joined(separator: ", "))\n"
    }

    var text: String {
        let counts = recording.profile.extras?.counts
        let samples = counts?.samples ?? 0
        let rooted = samples == 0 ? 0 : 1 - Double(counts?.unrooted ?? 0) / Double(samples)
        let seconds = Double(recording.profile.duration) / 1e9
        let ending =
            switch recording.ending {
            case .duration, .targetEnded: ""
            case .signal(let number): " (stopped by \(SignalReceiver.name(of: number)))"
            }
        return """
            perfdoctor: \(samples) samples of \(recording.name.printable) in \(seconds.tenths) s\(ending), \
            \((rooted * 100).tenths)% of the stacks whole
            \(losses)perfdoctor: wrote \(path.printable); look at it with: perfdoctor report \(path.shellWord)
            """
    }
}

extension Double {
    /// With one decimal.
    fileprivate var tenths: String {
        let value = Int64((self * 10).rounded(.down))
        return "\(value / 10).\(value % 10)"
    }
}
