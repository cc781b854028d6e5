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
        /// Of one of its rows by owner, most of what lives never shrank.
        var grows = false
    }

    /// In the order of their live bytes, then of what was allocated.
    let rows: [Row]

    init(_ sites: HeapSites, by owners: [HeapRows.Row]) {
        var rows: [String?: Row] = [:]
        for type in sites.types {
            rows[type.name] = Row(name: type.name, liveCount: type.count, liveBytes: type.bytes)
        }
        for owner in owners {
            var row = rows[owner.type] ?? Row(name: owner.type)
            row.peakBytes = saturatingSum(row.peakBytes, owner.peakBytes)
            row.count = saturatingSum(row.count, owner.count)
            row.bytes = saturatingSum(row.bytes, owner.bytes)
            row.temporaryCount = saturatingSum(row.temporaryCount, owner.temporaryCount)
            if owner.grows { row.grows = true }
            rows[owner.type] = row
        }
        self.rows = rows.values.sorted {
            ($0.liveBytes, $0.bytes, $0.count, $1.name ?? "") > ($1.liveBytes, $1.bytes, $1.count, $0.name ?? "")
        }
    }
}
