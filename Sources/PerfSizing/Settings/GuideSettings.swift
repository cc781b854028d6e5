/// Settings that a guide gives without a table: one set for every size.
package struct GuideSettings: Sendable {
    let id: String
    let resource: SizedResource
    let title: String
    let source: SizingSource
    let settings: [SizedQuantity]
    var corrections: [SizingRecommendation.Correction] = []
    var notes: [String] = []

    /// Every set of settings.
    static let all: [GuideSettings] = [.autovacuum, .poolA, .poolB, .pgbouncer, .redisB]

    func recommendation() -> SizingRecommendation {
        SizingRecommendation(
            id: id, resource: resource, source: source, title: title, row: "one for all sizes", sizes: settings,
            corrections: corrections, notes: notes)
    }
}
