import PerfModel
import PerfReports
import PerfSampling

/// A line on a terminal that says how far a recording is; nothing in its first second.
final class ProgressLine {
    private let isShown: Bool
    private let context: CommandContext
    private var lastShown: Duration = .zero
    private var isOnScreen = false

    init(isShown: Bool, context: CommandContext) {
        self.isShown = isShown
        self.context = context
    }

    func show(_ progress: SamplingProgress, elapsed: Duration) {
        let lost = progress.lostCount > 0 ? ", \(progress.lostCount) lost" : ""
        show("recording", "\(progress.sampleCount) samples\(lost)", elapsed: elapsed)
    }

    func show(liveBytes: UInt64, elapsed: Duration) {
        show("recording", "\(Quantity.text(Int64(clamping: liveBytes), unit: "bytes")) live", elapsed: elapsed)
    }

    func show(_ what: String, elapsed: Duration) {
        show(what, "", elapsed: elapsed)
    }

    private func show(_ what: String, _ text: String, elapsed: Duration) {
        guard isShown, elapsed - lastShown >= .milliseconds(500), elapsed >= .seconds(1) else { return }
        lastShown = elapsed
        isOnScreen = true
        let detail = text.isEmpty ? "" : ", \(text)"
        write("\r\u{1B}[Kperfdoctor: \(what.printable), \(elapsed.components.seconds) s\(detail)")
    }

    func clear() {
        guard isOnScreen else { return }
        isOnScreen = false
        write("\r\u{1B}[K")
    }

    private func write(_ text: String) {
        do throws(OutputError) {
            try context.errors.write(Array(text.utf8))
        } catch {
            return  // Nobody reads the progress any more.
        }
    }
}
