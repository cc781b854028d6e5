import PerfLinux
import PerfModel
import PerfProfiles
import PerfSessions

/// What was recorded and what to do with it, for standard error.
struct RecordSummary {
    let recording: RecordSession.Recording
    let path: String

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
            perfdoctor: wrote \(path.printable); look at it with: perfdoctor report \(path.shellWord)
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

extension String {
    /// As a shell takes it for one word: quoted unless it is plain.
    fileprivate var shellWord: String {
        let isPlain = !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-+/=:,@%".contains($0)) }
        return isPlain
            ? self
            : "'" + printable.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
