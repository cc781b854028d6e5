import PerfProfiles

/// The stacks of a heap profile with all that is known of each, put together from its samples.
struct HeapSites {
    struct Site {
        /// Indices into the profile's `locations`, leaf first.
        var locations: [Int]
        /// Whose stack it is; nil where the profile does not tell.
        var process: String?
        var pid: Int64?
        /// Of most of its blocks; nil where they are no objects.
        var type: String?
        var count: Int64 = 0
        var bytes: Int64 = 0
        var temporaryCount: Int64 = 0
        var peakBytes: Int64 = 0
        var liveCount: Int64 = 0
        var liveBytes: Int64 = 0
        /// Its live memory never shrank.
        var grows = false
        fileprivate var largest: Int64 = -1
    }

    /// Live objects of one type; nil for blocks that are no objects.
    struct LiveType {
        var name: String?
        var count: Int64 = 0
        var bytes: Int64 = 0
    }

    let profile: Profile
    /// In the order of their live bytes.
    let sites: [Site]
    /// In the order of their live bytes.
    let types: [LiveType]

    init(_ profile: Profile) {
        self.profile = profile
        let index = Dictionary(
            profile.sampleTypes.enumerated().map { ($0.element.type, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        func value(_ sample: Profile.Sample, _ type: String) -> Int64 {
            index[type].flatMap { sample.values.indices.contains($0) ? sample.values[$0] : nil } ?? 0
        }
        var sites: [Key: Site] = [:]
        var types: [String?: LiveType] = [:]
        for sample in profile.samples {
            let type = profile.text(LabelKey.type, in: sample.labelSet)
            let key = Key(locations: sample.locations, pid: profile.number(LabelKey.processID, in: sample.labelSet))
            var site =
                sites[key]
                ?? Site(
                    locations: sample.locations, process: profile.text(LabelKey.process, in: sample.labelSet),
                    pid: key.pid)
            let (count, bytes) = (value(sample, "alloc_objects"), value(sample, "alloc_space"))
            let (liveCount, liveBytes) = (value(sample, "inuse_objects"), value(sample, "inuse_space"))
            site.count = saturatingSum(site.count, count)
            site.bytes = saturatingSum(site.bytes, bytes)
            site.temporaryCount = saturatingSum(site.temporaryCount, value(sample, "temporary_objects"))
            site.peakBytes = saturatingSum(site.peakBytes, value(sample, "peak_space"))
            site.liveCount = saturatingSum(site.liveCount, liveCount)
            site.liveBytes = saturatingSum(site.liveBytes, liveBytes)
            if profile.text(LabelKey.growth, in: sample.labelSet) != nil { site.grows = true }
            // What was allocated stands with the main type; without it, the largest live part tells.
            let weight = max(count, liveCount)
            if weight > site.largest { (site.largest, site.type) = (weight, type) }
            sites[key] = site
            guard liveCount > 0 || liveBytes > 0 else { continue }
            let before = types[type] ?? LiveType(name: type)
            types[type] = LiveType(
                name: type, count: saturatingSum(before.count, liveCount), bytes: saturatingSum(before.bytes, liveBytes)
            )
        }
        self.sites = sites.values.sorted { left, right in
            (left.liveBytes, left.bytes, left.count, right.locations.first ?? 0, right.locations.count)
                > (right.liveBytes, right.bytes, right.count, left.locations.first ?? 0, left.locations.count)
        }
        self.types = types.values.sorted { ($0.bytes, $0.count, $1.name ?? "") > ($1.bytes, $1.count, $0.name ?? "") }
    }

    /// What is told of the whole recording, of these sites alone where a filter left some out.
    func summary(of heap: HeapSummary, isFiltered: Bool) -> HeapSummary {
        guard isFiltered else { return heap }
        func sum(_ path: KeyPath<Site, Int64>) -> UInt64 {
            UInt64(max(0, sites.reduce(0) { saturatingSum($0, $1[keyPath: path]) }))
        }
        var part = heap
        part.allocations = HeapSummary.Amount(count: sum(\.count), bytes: sum(\.bytes))
        part.live = HeapSummary.Amount(count: sum(\.liveCount), bytes: sum(\.liveBytes))
        func less(_ all: UInt64, _ live: UInt64) -> UInt64 { all > live ? all - live : 0 }
        part.frees = HeapSummary.Amount(
            count: less(part.allocations.count, part.live.count), bytes: less(part.allocations.bytes, part.live.bytes))
        part.temporaryCount = sum(\.temporaryCount)
        part.peak.bytes = sum(\.peakBytes)
        part.peak.copied = part.peak.bytes
        // These are of whole processes.
        part.growth = HeapSummary.Growth()
        part.use = nil
        part.bytesError = 0
        return part
    }

    private struct Key: Hashable {
        var locations: [Int]
        var pid: Int64?
    }

    /// Names of a stack's functions, outermost first, inlined ones included.
    func names(_ site: Site) -> [String] {
        profile.names(ofStack: site.locations)
    }
}
