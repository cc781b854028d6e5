import PerfModel
import PerfProfiles

/// A doubt about a profile, as the page shows it above everything else.
struct HTMLNotice: Equatable {
    var message: String
    /// Empty where nothing can be done.
    var remedy: String

    /// The recording's warnings, then what its counts say; nothing when all is well.
    static func all(of profile: Profile, negativeSamples: Int) -> [HTMLNotice] {
        var notices: [HTMLNotice] = []
        if let extras = profile.extras {
            notices += extras.warnings.map { HTMLNotice(message: $0.message, remedy: $0.remedy) }
            notices += counted(extras.counts)
        }
        if negativeSamples > 0 {
            notices.append(
                HTMLNotice(
                    message: "\(negativeSamples) samples have a negative value, which counts as zero here: "
                        + "this file is the difference of two profiles",
                    remedy: "open the two profiles themselves"
                )
            )
        }
        return notices
    }

    private static func counted(_ counts: ProfileExtras.Counts) -> [HTMLNotice] {
        let total = counts.samples
        let taken = total.addingReportingOverflow(counts.lost).partialValue
        var notices: [HTMLNotice] = []
        func add(_ count: UInt64, of whole: UInt64, _ message: String, _ remedy: String) {
            guard count > 0 else { return }
            notices.append(HTMLNotice(message: "\(count)\(share(count, of: whole)) \(message)", remedy: remedy))
        }
        add(
            counts.lost, of: taken, "samples were lost because a ring buffer was full: busy moments weigh too little",
            "record with a lower frequency (-F), or raise kernel.perf_event_mlock_kb"
        )
        add(
            counts.throttled, of: 0, "times the kernel throttled the event: the real rate was lower than asked for",
            "record with a lower frequency (-F), or raise kernel.perf_event_max_sample_rate"
        )
        add(
            counts.truncated, of: total, "samples are truncated: their stacks are deeper than what was captured",
            "record with --unwind fp if the program keeps frame pointers"
        )
        add(
            counts.degraded, of: total,
            "samples were unwound by frame pointers alone because the unwinder fell behind: callers may be missing",
            "record with a lower frequency (-F)"
        )
        add(
            counts.unrooted, of: total, "samples reach neither main nor a thread's start: they hang at the root",
            "build with frame pointers (-Xcc -fno-omit-frame-pointer) or with debug information (-g)"
        )
        add(
            counts.guessed, of: total,
            "samples hold a caller found by a guess, for lack of unwind information in the code",
            "build with debug information (-g)"
        )
        add(
            counts.malformed, of: taken, "records could not be read and are left out",
            "record again; if it stays, report it with the output of perfdoctor self-check"
        )
        return notices
    }

    private static func share(_ count: UInt64, of whole: UInt64) -> String {
        guard whole > 0 else { return "" }
        let tenths = Int((Double(count) / Double(whole) * 1000).rounded())
        return tenths == 0 ? " (under 0.1 %)" : " (\(tenths / 10).\(tenths % 10) %)"
    }

    func write(to json: inout JSONText) {
        json.raw("{\"message\":")
        json.string(message.printable)
        json.raw(",\"remedy\":")
        json.string(remedy.printable)
        json.raw("}")
    }
}
