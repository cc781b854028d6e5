/// How many clients a server takes.
package struct PostgreSQLLimits: Hashable, Sendable {
    package var most: Int
    package var reservedForSuperusers: Int
    /// Of roles of `pg_use_reserved_connections`; 0 before PostgreSQL 16, which does not know it.
    package var reserved: Int

    package init(most: Int, reservedForSuperusers: Int, reserved: Int = 0) {
        self.most = most
        self.reservedForSuperusers = reservedForSuperusers
        self.reserved = reserved
    }

    /// Rows of ``PostgreSQLStatements/settings``; nil when what every version has is not among them.
    init?(_ rows: [[String?]]) {
        var settings: [String: Int] = [:]
        for row in rows where row.count == 2 {
            if let name = row[0], let value = row[1].flatMap({ Int($0) }) { settings[name] = value }
        }
        guard let most = settings["max_connections"], let kept = settings["superuser_reserved_connections"] else {
            return nil
        }
        self.init(most: most, reservedForSuperusers: kept, reserved: settings["reserved_connections"] ?? 0)
    }

    /// What is left for everybody; at least 1.
    package var usable: Int { max(1, most - reservedForSuperusers - reserved) }
}
