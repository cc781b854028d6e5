import PerfModel
import PerfProfiles

/// What could not be seen or may be wrong, with what mends it.
enum Doubts {
    struct Doubt: Equatable {
        var text: String
        var remedy: String?
    }

    static func all(of report: Report) -> [Doubt] {
        let foreign = Doubt(
            text: "recorded by another tool: how many samples were lost, throttled or cut off is unknown", remedy: nil
        )
        let extras = report.profile.extras
        return (extras.map { counted($0.counts) } ?? [foreign]) + precision(of: report)
            + (report.profile.readingWarnings + (extras?.warnings ?? [])).map { warning in
                let remedy = warning.remedy.printable
                return Doubt(text: warning.message.printable, remedy: remedy.isEmpty ? nil : remedy)
            }
    }

    /// The section of a text; empty without doubts.
    static func lines(of report: Report, style: TextStyle) -> [String] {
        let doubts = all(of: report)
        guard !doubts.isEmpty else { return [] }
        var lines = ["", style.heading("Doubts")]
        for doubt in doubts {
            lines += TextWrap.lines(doubt.text, width: report.layout.width, first: "  ", next: 2).map(style.warning)
            guard let remedy = doubt.remedy else { continue }
            lines += TextWrap.lines(remedy, width: report.layout.width, first: "    next: ", next: 10)
        }
        return lines
    }

    /// One doubt for each count that is not zero.
    private static func counted(_ counts: ProfileExtras.Counts) -> [Doubt] {
        func doubt(_ count: UInt64, of whole: UInt64, _ what: String, _ remedy: String) -> Doubt? {
            guard count > 0 else { return nil }
            let (count, whole) = (Int64(clamping: count), Int64(clamping: max(whole, count)))
            let share = Quantity.percent(count, of: whole)
            let text = "\(Quantity.grouped(count)) of \(Quantity.grouped(whole)) samples (\(share)) \(what)"
            return Doubt(text: text, remedy: remedy)
        }
        let (taken, overflow) = counts.samples.addingReportingOverflow(counts.lost)
        let pauses = Quantity.counted(Int64(clamping: counts.throttled), "time")
        return [
            doubt(
                counts.lost, of: overflow ? .max : taken, "lost: the kernel had no room for them",
                "record at a lower frequency (-F) or raise kernel.perf_event_mlock_kb"
            ),
            counts.throttled == 0
                ? nil
                : Doubt(
                    text: "sampling paused by the kernel \(pauses): busy moments are under-represented",
                    remedy: "record at a lower frequency (-F) or raise kernel.perf_cpu_time_max_percent"
                ),
            doubt(
                counts.unrooted, of: counts.samples, "with a stack that reaches neither main nor the thread's start",
                "build with frame pointers (-fno-omit-frame-pointer) or with -g"
            ),
            doubt(
                counts.truncated, of: counts.samples,
                "with a stack deeper than what was captured: totals of outer functions are too low",
                "build with frame pointers (-fno-omit-frame-pointer), which lead beyond the captured part"
            ),
            doubt(
                counts.degraded, of: counts.samples,
                "unwound by frame pointers alone, because the unwinder fell behind",
                "record at a lower frequency (-F) or fewer processes at once"
            ),
            doubt(
                counts.guessed, of: counts.samples,
                "with a frame found by reading code, for lack of unwind information",
                "such frames are checked but less certain; the Swift runtime has many, your own code has none with -g"
            ),
            doubt(
                counts.malformed, of: counts.samples, "unreadable and not shown",
                "record again; if it recurs, report it with the output of perfdoctor self-check"
            ),
        ].compactMap { $0 }
    }

    /// Too few samples to trust the shares.
    private static func precision(of report: Report) -> [Doubt] {
        let error = SamplingError(of: report.view)
        guard let samples = report.view.sampleCount, let effective = error.effectiveCount, effective < 200,
            let half = error.points(of: report.view.total / 2), let none = error.points(of: 0)
        else { return [] }
        let count = Quantity.counted(samples, "sample")
        // Weighted samples may be many and still say little, when few of them make up most of the sum.
        let text =
            effective < Double(samples) * 0.9
            ? "few of the \(count) make up most of the sum" : "only \(count)"
        return [
            Doubt(
                text: "\(text): a share may be off by \(Quantity.fixed(max(half, none), digits: 0)) points",
                remedy: "record longer (-d) or at a higher frequency (-F)"
            )
        ]
    }
}
