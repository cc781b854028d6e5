import PerfModel
import PerfProfiles

/// The answer in one sentence.
enum Verdict {
    static func sentence(of report: Report, table: FrameTable) -> String {
        let view = report.view
        if let idle = idle(report) { return idle }
        guard !view.weights.isEmpty else {
            return report.filter.isEmpty
                ? "This profile has no samples."
                : "No sample passes the filter \(report.filter.options.joined(separator: " ").printable)."
        }
        guard view.magnitude != 0 else {
            return "Every sample has the value 0 for '\(view.sampleType.type.printable)'."
        }
        // By self whatever the table is sorted by: that main takes all with what it calls is no news.
        let table = table.order == .selfValue ? table : FrameTable(view)
        guard let first = table.rows.first else {
            guard let wait = WaitTable(view).rows.first, wait.total > 0 else {
                return "The samples have no stacks, so no function can be named."
            }
            return "The waits have no stacks, so no function can be named: "
                + "\(Quantity.percent(wait.total, of: view.magnitude)) of \(noun(view.sampleType)) is for "
                + "\(WaitTableText.meaning(of: wait.reason))."
        }
        let waits = BlockingFunction.sentence(of: report)
        let parts = [
            waits ?? hottest(first, table: table, report: report), waits == nil ? spread(of: first, in: view) : nil,
            quality(of: report),
        ]
        return parts.compactMap { $0 }.joined(separator: ", ") + "."
    }

    /// `"All of the off-CPU time is waiting for work"`, where next to nothing else is left; nil for anything else.
    private static func idle(_ report: Report) -> String? {
        let (hidden, rest) = (report.hiddenIdle, report.view.magnitude)
        guard hidden > 0, report.filter.options.isEmpty, rest < hidden / 100 else { return nil }
        let amount = Quantity.text(hidden, unit: report.sampleType.unit)
        let share = rest == 0 ? "All" : Quantity.percent(hidden, of: saturatingSum(hidden, rest))
        return "\(share) of \(noun(report.sampleType)), \(amount), is waiting for work: these threads have next to "
            + "nothing to do (--idle shows where they wait)."
    }

    /// `"fib takes 69.8% ±0.9 of the CPU time by itself"`.
    private static func hottest(_ row: FrameTable.Row, table: FrameTable, report: Report) -> String {
        let view = report.view
        let value = row.selfValue
        let error = SamplingError(of: view)
        let name = ShortName.of(
            report.layout.shown(view.frames[row.frame].name), width: report.layout.isVerbose ? .max : 72
        )
        if value < 0 {
            let amount = Quantity.text(value == .min ? .max : -value, unit: view.sampleType.unit)
            return "\(name) decreased the most: by \(amount) of \(noun(view.sampleType))"
        }
        if view.total != view.magnitude {
            let amount = Quantity.text(value, unit: view.sampleType.unit)
            return "\(name) increased the most: by \(amount) of \(noun(view.sampleType))"
        }
        var text = "\(name) takes \(Quantity.percent(value, of: view.magnitude))"
        if let points = error.points(of: value) {
            text += " ±\(Quantity.points(points))"
        }
        text += " of \(noun(view.sampleType))"
        if !view.dimension.isLabel { text += " by itself" }
        if let rival = rival(of: row, table: table, view: view, error: error) {
            text += " (too few samples to tell it from \(ShortName.of(ReadableName.of(rival.printable), width: 48)))"
        }
        return text
    }

    /// The next function, where the sampling error leaves open which of both is hotter.
    private static func rival(
        of row: FrameTable.Row, table: FrameTable, view: ProfileView, error: SamplingError
    ) -> String? {
        guard table.rows.count > 1, table.rows[1].selfValue > 0, let own = error.interval(of: row.selfValue),
            let next = error.interval(of: table.rows[1].selfValue), next.upperBound >= own.lowerBound
        else { return nil }
        return view.frames[table.rows[1].frame].name
    }

    /// On how many threads the hottest frame runs.
    private static func spread(of row: FrameTable.Row, in view: ProfileView) -> String? {
        guard !view.dimension.isLabel else { return nil }
        var values: [ThreadIdentity: Int64] = [:]
        for weight in view.weights where view.stacks[weight.stack].last == row.frame {
            guard var thread = view.profile.thread(in: weight.labelSet) else { return nil }
            if thread.threadID != nil { thread.name = "" }
            values[thread] = saturatingSum(values[thread] ?? 0, saturatingMagnitude(weight.value))
        }
        let sum = values.values.reduce(0, saturatingSum)
        let ranked = values.sorted { ($1.value, $0.key.threadID ?? 0) < ($0.value, $1.key.threadID ?? 0) }
        guard let busiest = ranked.first, sum > 0 else { return nil }
        let all = view.threads
        let thread = all.first { $0.thread.threadID == busiest.key.threadID && busiest.key.threadID != nil }
        let label = (thread?.thread ?? busiest.key).label.printable
        if ranked.count == 1 {
            let isAlone = all.count == 1 && all[0].total == view.total
            return isAlone ? "on the only thread" : "all of it on \(label)"
        }
        let share = Quantity.percent(busiest.value, of: sum)
        if Double(busiest.value) / Double(sum) >= 0.8 { return "\(share) of that on \(label)" }
        return "spread over \(ranked.count) threads (at most \(share) on one)"
    }

    /// How good the data are.
    private static func quality(of report: Report) -> String? {
        // A heap recording has a sample for each stack: how many they are says nothing about how good they are.
        guard let counts = report.profile.extras?.counts, counts.samples > 0, report.profile.extras?.heap == nil else {
            return nil
        }
        let samples = Quantity.grouped(Int64(clamping: counts.samples))
        let rooted = Int64(clamping: counts.samples - min(counts.samples, counts.unrooted))
        let share = Quantity.percent(rooted, of: Int64(clamping: counts.samples))
        let lost = counts.lost == 0 ? "none lost" : "\(Quantity.grouped(Int64(clamping: counts.lost))) lost"
        return "from \(samples) samples with \(share) complete stacks, \(lost)"
    }

    /// What a sample type counts, as a noun: `"the CPU time"`.
    static func noun(_ type: Profile.ValueType) -> String {
        switch type.type {
        case "cpu": "the CPU time"
        case "off_cpu": "the off-CPU time"
        case "wall": "the wall-clock time"
        case "samples", "sample": "the samples"
        case "alloc_space": "the bytes allocated"
        case "alloc_objects": "the allocations"
        case "peak_space": "the bytes at the peak"
        case "temporary_objects": "the blocks that are freed at once"
        case "inuse_space": "the bytes in use"
        case "inuse_objects": "the blocks in use"
        default: "'\(type.type.printable)'"
        }
    }
}
