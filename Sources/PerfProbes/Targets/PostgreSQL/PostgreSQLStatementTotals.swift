/// What pg_stat_statements counted of one statement.
package struct PostgreSQLStatementTotals: Hashable, Sendable {
    package struct Key: Hashable, Sendable {
        package var database: String
        package var query: String

        package init(database: String, query: String) {
            self.database = database
            self.query = query
        }
    }

    package var key: Key
    package var calls: Double
    /// Milliseconds.
    package var time: Double
    /// Without literals; nil where it was not asked for.
    package var text: String?

    package init(key: Key, calls: Double, time: Double, text: String? = nil) {
        self.key = key
        self.calls = calls
        self.time = time
        self.text = text
    }

    package var mean: Double { calls > 0 ? time / calls : 0 }

    /// A row of ``PostgreSQLStatements/statements``; nil for one that this role may not see.
    init?(_ row: [String?]) {
        guard row.count == 4, let database = row[0], let query = row[1], let calls = row[2].flatMap({ Double($0) }),
            let time = row[3].flatMap({ Double($0) })
        else { return nil }
        self.init(key: Key(database: database, query: query), calls: calls, time: time)
    }

    /// What came between two snapshots, the most time first.
    ///
    /// A statement whose counters went back was forgotten in between, and counted anew.
    static func difference(
        _ first: [PostgreSQLStatementTotals], _ last: [PostgreSQLStatementTotals]
    ) -> [PostgreSQLStatementTotals] {
        let before = Dictionary(first.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        return last.compactMap { now -> PostgreSQLStatementTotals? in
            var now = now
            if let old = before[now.key], old.calls <= now.calls, old.time <= now.time {
                now.calls -= old.calls
                now.time -= old.time
            }
            return now.calls > 0 ? now : nil
        }.sorted { ($0.time, $1.key.query) > ($1.time, $0.key.query) }
    }
}
