import PerfProfiles

/// Sites of one owner and type put together: what people look for is a line of their program, not a stack.
struct HeapRows {
    struct Row {
        /// Nil for sites without a stack.
        var owner: HeapOwner?
        /// Nil where the blocks are no objects.
        var type: String?
        /// Stacks that lead there.
        var stacks = 0
        var count: Int64 = 0
        var bytes: Int64 = 0
        var temporaryCount: Int64 = 0
        var peakBytes: Int64 = 0
        var liveCount: Int64 = 0
        var liveBytes: Int64 = 0
        /// Live bytes of stacks whose live memory never shrank.
        var growingBytes: Int64 = 0

        /// Whether most of what lives here never shrank.
        var grows: Bool { growingBytes > liveBytes / 2 && growingBytes > 0 }
    }

    /// In the order of their live bytes.
    let rows: [Row]

    init(_ sites: HeapSites) {
        var rows: [Key: Row] = [:]
        var order: [Key] = []
        // The same stack in two processes is one.
        var stacks: [Key: Set<[Int]>] = [:]
        for site in sites.sites {
            let key = Key(owner: HeapOwner(site, in: sites.profile), type: site.type)
            var row = rows[key] ?? Row(owner: key.owner, type: key.type)
            if rows[key] == nil { order.append(key) }
            stacks[key, default: []].insert(site.locations)
            row.stacks = stacks[key]?.count ?? 0
            row.count = saturatingSum(row.count, site.count)
            row.bytes = saturatingSum(row.bytes, site.bytes)
            row.temporaryCount = saturatingSum(row.temporaryCount, site.temporaryCount)
            row.peakBytes = saturatingSum(row.peakBytes, site.peakBytes)
            row.liveCount = saturatingSum(row.liveCount, site.liveCount)
            row.liveBytes = saturatingSum(row.liveBytes, site.liveBytes)
            if site.grows { row.growingBytes = saturatingSum(row.growingBytes, site.liveBytes) }
            rows[key] = row
        }
        // The order of the sites, which is stable, decides between equals.
        self.rows = order.compactMap { rows[$0] }.enumerated().sorted {
            ($0.element.liveBytes, $0.element.bytes, $1.offset) > ($1.element.liveBytes, $1.element.bytes, $0.offset)
        }.map(\.element)
    }

    private struct Key: Hashable {
        var owner: HeapOwner?
        var type: String?
    }
}
