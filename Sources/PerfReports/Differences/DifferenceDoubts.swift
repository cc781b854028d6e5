import PerfModel
import PerfProfiles

/// What may be wrong with a comparison: doubts about each recording, and what was not the same for both.
enum DifferenceDoubts {
    static func all(of report: DifferenceReport) -> [Warning] {
        between(report) + each(report)
    }

    /// The section of a text; empty without doubts.
    static func lines(of report: DifferenceReport, style: TextStyle) -> [String] {
        let doubts = all(of: report)
        guard !doubts.isEmpty else { return [] }
        var lines = ["", style.heading("Doubts")]
        for doubt in doubts {
            lines += TextWrap.lines(doubt.message, width: report.layout.width, first: "  ", next: 2).map(style.warning)
            guard !doubt.remedy.isEmpty else { continue }
            lines += TextWrap.lines(doubt.remedy, width: report.layout.width, first: "    next: ", next: 10)
        }
        return lines
    }

    /// Doubts about one recording, named by its side; once where both have the same.
    private static func each(_ report: DifferenceReport) -> [Warning] {
        let first = Doubts.all(of: report.before)
        let second = Doubts.all(of: report.after)
        func warning(_ side: String, _ doubt: Doubts.Doubt) -> Warning {
            Warning(code: "recording", message: "\(side): \(doubt.text)", remedy: doubt.remedy ?? "")
        }
        return first.map { warning(second.contains($0) ? "both" : "before", $0) }
            + second.filter { !first.contains($0) }.map { warning("after", $0) }
    }

    private static func between(_ report: DifferenceReport) -> [Warning] {
        var warnings: [Warning] = []
        let comparison = report.comparison
        if !report.isCounted, comparison.detectableChange == nil, report.before.view.magnitude != 0,
            report.after.view.magnitude != 0
        {
            warnings.append(
                Warning(
                    code: "no_sample_counts",
                    message: "the profiles do not say how many samples they hold: what is chance cannot be judged",
                    remedy: "record both with perfdoctor record, or compare several recordings of each"))
        }
        let twice = Set(report.sources.before).intersection(report.sources.after).sorted()
        if !twice.isEmpty {
            warnings.append(
                Warning(
                    code: "same_file",
                    message: "\(twice.map(\.printable).joined(separator: ", ")) is on both sides",
                    remedy: "name a recording of the other build"))
        }
        if comparison.hasSuspicions {
            warnings.append(
                Warning(
                    code: "single_recording",
                    message: "one recording of each cannot show how far runs of this program differ",
                    remedy: "record five of each, and: perfdoctor diff --before before-*.pb.gz --after after-*.pb.gz"))
        }
        let pressures = [report.before, report.after].compactMap { $0.profile.extras?.cpuPressure }
        if let worst = pressures.max(), worst > 0.05 {
            warnings.append(
                Warning(
                    code: "busy_host",
                    message: "other work kept the CPUs busy: threads waited for one in "
                        + "\(Quantity.fixed(worst * 100, digits: 0))% of the time, so that runs differ more than by "
                        + "themselves",
                    remedy: "record on a quiet machine, both sides by turns"))
        }
        guard let first = report.before.profile.extras, let second = report.after.profile.extras else {
            return warnings + periods(report)
        }
        func differ(_ what: String, _ code: String, _ before: String, _ after: String, _ effect: String) {
            guard before != after, !before.isEmpty, !after.isEmpty else { return }
            warnings.append(
                Warning(
                    code: code,
                    message: "different \(what): \(before.printable) before, \(after.printable) after: \(effect)",
                    remedy: "record both in the same way"))
        }
        differ("clocks", "different_clock", first.clock, second.clock, "the values do not mean the same")
        differ("events", "different_event", first.event, second.event, "the values do not mean the same")
        if first.frequencyHz > 0, second.frequencyHz > 0 {
            differ(
                "sampling frequencies", "different_frequency", "\(first.frequencyHz) Hz", "\(second.frequencyHz) Hz",
                "sampling itself may cost more in one of them")
        }
        if let before = first.host, let after = second.host {
            let effect =
                comparison.isShare
                ? "functions may differ because the machines do" : "what differs may be the machines, not the program"
            differ("machines", "different_host", describe(before), describe(after), effect)
            if describe(before) == describe(after) {
                differ("hosts", "different_host", before.name, after.name, "machines that look alike may differ")
            }
            differ(
                "kernels", "different_kernel", before.kernel, after.kernel, "system calls may cost more in one of them")
        }
        if let degraded = degraded(first.counts, second.counts) { warnings.append(degraded) }
        return warnings
    }

    private static func describe(_ host: HostDescription) -> String {
        "\(host.architecture), \(host.cpuCount) × \(host.cpuModel)"
    }

    private static func periods(_ report: DifferenceReport) -> [Warning] {
        let (first, second) = (report.before.profile, report.after.profile)
        guard first.period > 0, second.period > 0,
            first.period != second.period || first.periodType != second.periodType
        else { return [] }
        func text(_ profile: Profile) -> String {
            Quantity.text(profile.period, unit: profile.periodType?.unit ?? "")
        }
        return [
            Warning(
                code: "different_period",
                message: "different sampling periods: one sample per \(text(first)) before, per \(text(second)) after",
                remedy: "record both in the same way")
        ]
    }

    /// Stacks that are cut off in one recording more than in the other move totals from outer functions away.
    private static func degraded(_ first: ProfileExtras.Counts, _ second: ProfileExtras.Counts) -> Warning? {
        func share(_ counts: ProfileExtras.Counts) -> Double {
            let bad = Double(counts.unrooted) + Double(counts.degraded)
            return counts.samples > 0 ? bad / Double(counts.samples) : 0
        }
        let (before, after) = (share(first), share(second))
        guard abs(after - before) > 0.01 else { return nil }
        let texts = [before, after].map { Quantity.fixed($0 * 100, digits: 1) + "%" }
        return Warning(
            code: "different_stacks",
            message:
                "incomplete stacks: \(texts[0]) of the samples before, \(texts[1]) after: totals of outer functions "
                + "are not comparable, self is",
            remedy: "build both with frame pointers (-fno-omit-frame-pointer) or with -g")
    }
}
