import PerfProfiles

/// What is known of each type of a heap profile: what lives, what lived at the peak, what was allocated.
///
/// Live blocks are counted by their own type. All else is known by stack, and is put down to the type that most blocks
/// of the stack have.
struct HeapTypes {
    struct Row {
        /// Nil for blocks that are no objects.
        var name: String?
        var liveCount: Int64 = 0
        var liveBytes: Int64 = 0
        var peakBytes: Int64 = 0
        var count: Int64 = 0
        var bytes: Int64 = 0
        var temporaryCount: Int64 = 0
        /// A stack of this type has live memory that never shrank.
        var grows = false
    }

    /// In the order of their live bytes, then of what was allocated.
    let rows: [Row]

    init(_ sites: HeapSites) {
        var rows: [String?: Row] = [:]
        for type in sites.types {
            rows[type.name] = Row(name: type.name, liveCount: type.count, liveBytes: type.bytes)
        }
        for site in sites.sites {
            var row = rows[site.type] ?? Row(name: site.type)
            row.peakBytes = saturatingSum(row.peakBytes, site.peakBytes)
            row.count = saturatingSum(row.count, site.count)
            row.bytes = saturatingSum(row.bytes, site.bytes)
            row.temporaryCount = saturatingSum(row.temporaryCount, site.temporaryCount)
            if site.grows, site.liveBytes > 0 { row.grows = true }
            rows[site.type] = row
        }
        self.rows = rows.values.sorted {
            ($0.liveBytes, $0.bytes, $0.count, $1.name ?? "") > ($1.liveBytes, $1.bytes, $1.count, $0.name ?? "")
        }
    }
}
