import PerfModel
import PerfProfiles

/// The fields of a document of kind `profile`; they are a contract, more may be added.
///
/// What the profile does not say is null: a count that another tool did not keep is not 0.
struct ProfileDocument: Encodable {
    struct Function: Encodable {
        var name: String
        var systemName: String
        var module: String
        var file: String
        var line: Int
        var own: Int64
        var total: Int64
        /// The 95% interval of the share, as ratios; null without a number of samples.
        var interval: [Double]?

        enum CodingKeys: String, CodingKey {
            case name, module, file, line, total
            case systemName = "system_name"
            case own = "self"
            case interval = "self_ci"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(systemName, forKey: .systemName)
            try container.encode(module, forKey: .module)
            try container.encode(file, forKey: .file)
            try container.encode(line, forKey: .line)
            try container.encode(own, forKey: .own)
            try container.encode(total, forKey: .total)
            try container.encode(interval, forKey: .interval)
        }
    }

    struct Thread: Encodable {
        var tid: Int64?
        var name: String
        var total: Int64
        var pid: Int64?
        var process: String

        enum CodingKeys: String, CodingKey {
            case tid, name, total, pid, process
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(tid, forKey: .tid)
            try container.encode(name, forKey: .name)
            try container.encode(total, forKey: .total)
            try container.encode(pid, forKey: .pid)
            try container.encode(process, forKey: .process)
        }
    }

    /// Samples by how complete their chain of async callers is.
    struct AsyncCounts: Encodable {
        var complete: Int64 = 0
        var broken: Int64 = 0
        var none: Int64 = 0
    }

    /// A value of the label that was asked for with `--by`.
    struct Group: Encodable {
        var name: String
        var total: Int64
    }

    /// What was waited for.
    struct Wait: Encodable {
        var reason: String
        var total: Int64
    }

    struct SampleType: Encodable {
        var type: String
        var unit: String
    }

    let report: Report
    let functions: [Function]
    let groups: [Group]?

    init(_ report: Report) throws(ViewError) {
        self.report = report
        var view = report.view
        if view.dimension.isLabel {
            let rows = FrameTable(view, order: report.order).rows
            groups = rows.map { Group(name: view.frames[$0.frame].name, total: $0.total) }
            view = try ProfileView(report.profile, valueIndex: view.valueIndex)
        } else {
            groups = nil
        }
        let error = SamplingError(of: view)
        let rows = FrameTable(view, order: report.order).rows
        functions = rows.prefix(report.limit ?? rows.count).map { row in
            let frame = view.frames[row.frame]
            let interval = error.interval(of: row.selfValue)
            return Function(
                name: frame.name, systemName: frame.systemName, module: frame.module, file: frame.file,
                line: frame.line, own: row.selfValue, total: row.total,
                interval: interval.map { [$0.lowerBound, $0.upperBound] }
            )
        }
    }

    enum CodingKeys: String, CodingKey {
        case unit, total, samples, lost, throttled, truncated, unrooted, degraded, guessed, malformed
        case functions, threads, async, waits, by, groups, filter, target, clock, event
        case sampleType = "sample_type"
        case sampleTypes = "sample_types"
        case totalUnfiltered = "total_unfiltered"
        case frequencyHz = "frequency_hz"
        case hiddenIdle = "hidden_idle"
        case threadTimes = "thread_times"
        case waitSource = "wait_source"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let (profile, view) = (report.profile, report.view)
        try container.encode(view.sampleType.type, forKey: .sampleType)
        try container.encode(view.sampleType.unit, forKey: .unit)
        try container.encode(view.total, forKey: .total)
        try container.encode(view.sampleCount, forKey: .samples)
        let extras = profile.extras
        try container.encode(extras?.counts.lost, forKey: .lost)
        try container.encode(extras?.counts.throttled, forKey: .throttled)
        try container.encode(extras?.counts.truncated, forKey: .truncated)
        try container.encode(extras?.counts.unrooted, forKey: .unrooted)
        try container.encode(extras?.counts.degraded, forKey: .degraded)
        try container.encode(extras?.counts.guessed, forKey: .guessed)
        try container.encode(extras?.counts.malformed, forKey: .malformed)
        try container.encode(functions, forKey: .functions)
        try container.encode(
            view.threads.map {
                Thread(
                    tid: $0.thread.threadID, name: $0.thread.name, total: $0.total, pid: $0.thread.processID,
                    process: $0.thread.process
                )
            }, forKey: .threads)
        try container.encode(extras == nil ? nil : asyncCounts, forKey: .async)
        if extras?.clock == "off-cpu" || extras?.clock == "wall" {
            let rows = WaitTable(view).rows
            try container.encode(rows.map { Wait(reason: $0.reason, total: $0.total) }, forKey: .waits)
            try container.encode(report.hiddenIdle, forKey: .hiddenIdle)
            try container.encode(extras?.threadTimes, forKey: .threadTimes)
            try container.encodeIfPresent(extras?.waitSource, forKey: .waitSource)
        }
        try container.encode(view.dimension.name, forKey: .by)
        try container.encodeIfPresent(groups, forKey: .groups)
        try container.encode(
            profile.sampleTypes.map { SampleType(type: $0.type, unit: $0.unit) }, forKey: .sampleTypes)
        try container.encode(report.filter.options, forKey: .filter)
        try container.encode(report.unfilteredTotal, forKey: .totalUnfiltered)
        try container.encode(extras?.target, forKey: .target)
        try container.encode(extras?.clock, forKey: .clock)
        try container.encode(extras?.event, forKey: .event)
        try container.encode(extras?.frequencyHz, forKey: .frequencyHz)
    }

    private var asyncCounts: AsyncCounts {
        var counts = AsyncCounts()
        for weight in report.view.weights {
            switch report.profile.text(LabelKey.async, in: weight.labelSet) {
            case "complete": counts.complete = saturatingSum(counts.complete, weight.sampleCount)
            case "broken": counts.broken = saturatingSum(counts.broken, weight.sampleCount)
            default: counts.none = saturatingSum(counts.none, weight.sampleCount)
            }
        }
        return counts
    }
}
