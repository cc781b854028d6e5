extension GuideSettings {
    static let pgbouncer = GuideSettings(
        id: "pgbouncer_settings", resource: .pgbouncer, title: "pgbouncer.ini", source: .guideB,
        settings: [
            .setting("pool_mode", "transaction"),
            .setting("max_client_conn", 10_000),
            .setting("default_pool_size", 25),
            .setting("reserve_pool_size", 5),
            .setting("reserve_pool_timeout", 3, unit: "s"),
            .setting("server_idle_timeout", 600, unit: "s"),
            .setting("server_connect_timeout", 15, unit: "s"),
            .setting("query_wait_timeout", 120, unit: "s"),
            .setting("idle_transaction_timeout", 300, unit: "s"),
            .setting("max_db_connections", 97),
            .setting("max_user_connections", 97),
        ],
        corrections: [
            SizingRecommendation.Correction(
                subject: "pgbouncer.ini", source: .guideB, claim: "a comment behind a setting",
                corrected: "comments on lines of their own",
                reason: "PgBouncer does not start with the guide's file: FATAL cannot load config file"),
            SizingRecommendation.Correction(
                subject: "max_client_conn 10000", source: .guideB, claim: "no word about descriptors",
                corrected: "LimitNOFILE=10062 or more for the service",
                reason: "it expects 10,062 descriptors; with the usual 1,024 it starts all the same and only logs it"),
            SizingRecommendation.Correction(
                subject: "max_db_connections, max_user_connections", source: .guideB, claim: "100",
                corrected: "\(PoolArithmetic.usableConnections) of PostgreSQL's default max_connections",
                reason: "3 of 100 are reserved for superusers: the last clients would be refused (SQLSTATE 53300)"),
        ],
        notes: [
            "transaction mode takes session features away: SET, LISTEN, advisory locks, prepared statements by hand"
        ])
}
