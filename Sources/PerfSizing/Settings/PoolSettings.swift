extension GuideSettings {
    static let poolA = GuideSettings(
        id: "pool_settings_a", resource: .connectionPool, title: "SQLAlchemy, each process", source: .guideA,
        settings: [.setting("pool_size", 50), .setting("max_overflow", 20)],
        corrections: [
            SizingRecommendation.Correction(
                subject: "pool of each process", source: .guideA, claim: "50 + 20",
                corrected: "what fits all processes, or PgBouncer between them and the server",
                reason:
                    "4 Uvicorn workers with 70 each open \(PoolArithmetic.demanded(processes: 4, poolSize: 50, overflow: 20))"
                    + " connections; PostgreSQL takes \(PoolArithmetic.usableConnections) by default")
        ])

    static let poolB = GuideSettings(
        id: "pool_settings_b", resource: .connectionPool, title: "SQLAlchemy, each process", source: .guideB,
        settings: [
            .setting("pool_size", 20),
            .setting("max_overflow", 10),
            .setting("pool_timeout", 30, unit: "s"),
            .setting("pool_recycle", 3600, unit: "s"),
            .setting("pool_pre_ping", "on"),
        ],
        notes: [
            "meant for a pool that connects to PgBouncer, as in the guide; directly, 4 processes open "
                + "\(PoolArithmetic.demanded(processes: 4, poolSize: 20, overflow: 10)) connections, of "
                + "\(PoolArithmetic.usableConnections) that PostgreSQL takes by default"
        ])
}
