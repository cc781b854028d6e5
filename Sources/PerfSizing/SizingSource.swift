/// Where a size comes from.
package enum SizingSource: String, Hashable, Sendable, Codable {
    /// The guide with the sizing tables and the formula for workers.
    case guideA = "guide A"
    /// The guide with the settings of pools, PgBouncer, autovacuum and Redis.
    case guideB = "guide B"
    /// Little's law, and what a result says.
    case measured
    /// What follows from other rows, or from how the server works.
    case derived
}

/// What is sized; the order is that of reports.
package enum SizedResource: String, CaseIterable, Hashable, Sendable, Codable {
    case database
    case autovacuum
    case connectionPool = "connection_pool"
    case pgbouncer
    case redis
    case applicationServer = "application_server"
    case workers
    case workload

    /// For tables.
    package var title: String {
        switch self {
        case .database: "database"
        case .autovacuum: "autovacuum"
        case .connectionPool: "connection pool"
        case .pgbouncer: "PgBouncer"
        case .redis: "Redis"
        case .applicationServer: "app server"
        case .workers: "workers"
        case .workload: "workload"
        }
    }
}
