/// What a server is, and what this role may see of it.
package struct PostgreSQLIdentity: Hashable, Sendable {
    /// `"15.18 (Debian 15.18-0+deb12u1)"`.
    package var version: String
    package var isReplica: Bool
    /// Whether it has the rights of pg_read_all_stats, as members of pg_monitor have.
    package var seesAll: Bool
    /// PostgreSQL 14 and later say since when a lock is waited for.
    package var knowsLockWaits: Bool

    package init(version: String, isReplica: Bool, seesAll: Bool, knowsLockWaits: Bool) {
        self.version = version
        self.isReplica = isReplica
        self.seesAll = seesAll
        self.knowsLockWaits = knowsLockWaits
    }

    /// The row of ``PostgreSQLStatements/identity``.
    init?(_ rows: [[String?]]) {
        guard let row = rows.first, row.count == 4, let version = row[0] else { return nil }
        self.init(version: version, isReplica: row[1] == "t", seesAll: row[2] == "t", knowsLockWaits: row[3] == "t")
    }
}
