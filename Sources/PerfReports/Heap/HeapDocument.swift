import PerfModel
import PerfProfiles

/// The fields of a document of kind `heap`; they are a contract, more may be added.
///
/// A stack stands with its root first, as in folded stacks. Leaks are null where nobody has looked for them.
struct HeapDocument: Encodable {
    private struct LiveType: Encodable {
        var name: String?
        var count: Int64
        var bytes: Int64

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(count, forKey: .count)
            try container.encode(bytes, forKey: .bytes)
        }

        private enum CodingKeys: String, CodingKey {
            case name, count, bytes
        }
    }

    private struct Site: Encodable {
        var stack: [String]
        var site: HeapSites.Site

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(stack, forKey: .stack)
            try container.encode(site.type, forKey: .type)
            try container.encode(site.count, forKey: .count)
            try container.encode(site.bytes, forKey: .bytes)
            try container.encode(site.peakBytes, forKey: .peakBytes)
            try container.encode(site.temporaryCount, forKey: .temporaryCount)
            try container.encode(site.liveCount, forKey: .liveCount)
            try container.encode(site.liveBytes, forKey: .liveBytes)
            try container.encode(site.grows, forKey: .grows)
            try container.encodeIfPresent(site.process, forKey: .process)
            try container.encodeIfPresent(site.pid, forKey: .pid)
        }

        private enum CodingKeys: String, CodingKey {
            case stack, type, count, bytes, grows, process, pid
            case peakBytes = "peak_bytes"
            case temporaryCount = "temporary_count"
            case liveCount = "live_count"
            case liveBytes = "live_bytes"
        }
    }

    private struct Unmeasured: Encodable {
        var id: String
        var reason: String
        var remedy: String
    }

    let report: Report
    let heap: HeapSummary
    private let sites: HeapSites

    init(report: Report, heap: HeapSummary) {
        self.report = report
        sites = HeapSites(report.profile)
        self.heap = sites.summary(of: heap, isFiltered: !report.filter.options.isEmpty)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(heap.allocations, forKey: .allocations)
        try container.encode(heap.frees, forKey: .frees)
        try container.encode(heap.peak, forKey: .peak)
        try container.encode(heap.live, forKey: .live)
        try container.encode(heap.temporaryCount, forKey: .temporaryCount)
        try container.encode(
            sites.types.map { LiveType(name: $0.name, count: $0.count, bytes: $0.bytes) }, forKey: .types)
        try container.encode(sites.sites.map { Site(stack: sites.names($0), site: $0) }, forKey: .sites)
        // An empty list would read as "none" where nobody has looked.
        try container.encode(heap.leaks?.groups, forKey: .leaks)
        try container.encodeIfPresent(heap.leaks?.suppressed, forKey: .suppressedLeaks)
        try container.encodeIfPresent(heap.leaks?.snapshots, forKey: .leakSnapshots)
        try container.encode(unmeasured, forKey: .unmeasured)
        try container.encode(
            heap.isSnapshot == true ? "snapshot" : heap.sampleBytes == nil ? "every" : "sampled", forKey: .mode)
        try container.encodeIfPresent(heap.attachPause, forKey: .attachPause)
        try container.encode(heap.sampleBytes, forKey: .sampleBytes)
        try container.encode(heap.bytesError, forKey: .bytesError)
        try container.encode(heap.growth, forKey: .growth)
        try container.encode(heap.use, forKey: .memory)
        try container.encode(report.filter.options, forKey: .filter)
        try container.encode(report.profile.extras?.target, forKey: .target)
    }

    private var unmeasured: [Unmeasured] {
        var result: [Unmeasured] = []
        if heap.isSnapshot == true {
            result = ["allocations", "frees", "peak", "temporary_count", "growth"].map {
                Unmeasured(
                    id: "heap.\($0)", reason: "one look at a running process does not see what it allocates",
                    remedy: "perfdoctor heap -p PID -d 60")
            }
        }
        guard heap.leaks?.isPartial ?? true else { return result }
        let warnings = report.profile.extras?.warnings ?? []
        let problem =
            warnings.first { $0.code == "leaks_not_searched" } ?? warnings.first { $0.code == "leaks_in_doubt" }
        result.append(
            Unmeasured(
                id: "heap.leaks", reason: problem?.message ?? "the recording was not searched for leaks",
                remedy: problem?.remedy ?? "record with --leaks"))
        return result
    }

    private enum CodingKeys: String, CodingKey {
        case leakSnapshots = "leak_snapshots"
        case suppressedLeaks = "suppressed_leaks"
        case allocations, frees, peak, live, types, sites, leaks, unmeasured, mode, growth, memory, filter, target
        case temporaryCount = "temporary_count"
        case sampleBytes = "sample_bytes"
        case attachPause = "attach_pause_ns"
        case bytesError = "bytes_error"
    }
}
