import Glibc
import PerfDiagnosis
import PerfHost
import PerfLinux
import PerfModel
import PerfReports
import PerfSessions

/// Runs a watch session and shows what it finds, in one of three ways.
final class Watcher {
    let session: WatchSession
    let context: CommandContext
    let interval: Duration
    /// Windows until the end; nil for no end.
    private let limit: Int?
    private var count = 0
    let host = HostDescription.current()

    init(session: WatchSession, context: CommandContext, interval: Duration, limit: Int?) {
        self.session = session
        self.context = context
        self.interval = interval
        self.limit = limit
    }

    /// Text, window by window.
    func writeText() throws {
        var text = WatchText(usesColor: context.usesColor)
        try writeEach { update in
            Array((text.lines(of: update.moment).joined(separator: "\n") + "\n").utf8)
        }
    }

    /// A document for each window.
    func writeDocuments() throws {
        try writeEach { try JSONDiagnosisFormat.bytes(of: self.report(of: $0)) }
    }

    private func writeEach(_ bytes: (WatchSession.Update) throws -> [UInt8]) throws {
        try session.run { event in
            switch event {
            case .update(let update):
                try context.output.write(try bytes(update))
                return isOver() ? .end : .goOn
            case .signal(let signal): return signal.ends ? .end : .goOn
            case .targetEnded:
                noteEnd()
                return .end
            case .input, .woken: return .goOn
            }
        }
    }

    /// Counts a window; whether it was the last one.
    func isOver() -> Bool {
        count += 1
        return count >= limit ?? .max
    }

    func noteEnd() { context.note("the process has ended") }

    /// All that a document of kind diagnosis needs.
    func report(of update: WatchSession.Update) -> DiagnosisReport {
        DiagnosisReport(
            diagnosis: update.diagnosis, observation: update.observation, snapshots: update.snapshots, profile: nil,
            host: host, startedAt: Int64(clamping: update.observation.whole.first.takenAt.wall),
            duration: update.observation.whole.elapsed, warnings: update.warnings, keyMetrics: update.keyMetrics)
    }
}

extension WatchSession.Update {
    /// As screens and texts take it.
    var moment: WatchState.Moment {
        WatchState.Moment(
            diagnosis: diagnosis, observation: observation, window: window,
            at: Int64(clamping: window.last.takenAt.wall), keyMetrics: keyMetrics)
    }
}
