extension GuideSettings {
    static let autovacuum = GuideSettings(
        id: "autovacuum_settings", resource: .autovacuum, title: "postgresql.conf", source: .guideB,
        settings: [
            .setting("autovacuum", "on"),
            .setting("autovacuum_max_workers", 4),
            .setting("autovacuum_naptime", 10, unit: "s"),
            .setting("autovacuum_vacuum_threshold", 50),
            .setting("autovacuum_vacuum_scale_factor", 0.1),
            .setting("autovacuum_analyze_threshold", 50),
            .setting("autovacuum_analyze_scale_factor", 0.05),
        ],
        corrections: [
            SizingRecommendation.Correction(
                subject: "bloat", source: .guideB, claim: "dead rows show it (n_dead_tup)",
                corrected: "free space shows it (pgstattuple_approx)",
                reason: "n_dead_tup is 0 after VACUUM while the table is still mostly free space (59% when tried)")
        ],
        notes: [
            "autovacuum_max_workers takes a restart, and its workers share one autovacuum_vacuum_cost_limit: more of them "
                + "are not faster until that is raised as well"
        ])
}
