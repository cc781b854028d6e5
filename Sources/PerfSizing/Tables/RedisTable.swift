extension GuideTable {
    /// Redis below RQ, its column for eviction corrected.
    static let redis = GuideTable(
        id: "redis_table", resource: .redis, title: "Redis with RQ's queues", source: .guideA,
        inputs: [.concurrentJobs, .queueDepth],
        rows: [
            row("<50", 50, "<500", 500, gigabytes: 0.25),
            row("50-200", 200, "500-2000", 2000, gigabytes: 1),
            row("200-500", 500, "2000-5000", 5000, gigabytes: 2),
            row("500+", nil, "5000+", nil, gigabytes: 4),
        ],
        corrections: [eviction(.guideA)],
        notes: [
            "a cache beside it is an instance of its own, with allkeys-lru; then neither can take the other's memory"
        ])

    /// Both guides evict any key from the Redis that holds the jobs.
    static func eviction(_ source: SizingSource, reason: String? = nil) -> SizingRecommendation.Correction {
        SizingRecommendation.Correction(
            subject: "eviction policy", source: source, claim: "allkeys-lru", corrected: "noeviction",
            reason: reason
                ?? "allkeys-lru on RQ's Redis drops jobs without an error when memory is full (1 of 4 keys of RQ when "
                + "tried; RQ's maintainer says the same in rq#1280); with noeviction enqueuing fails, and is seen")
    }

    private static func row(
        _ jobs: String, _ jobsEnd: Double?, _ queue: String, _ queueEnd: Double?, gigabytes: Double
    ) -> Row {
        Row(
            bands: [
                .concurrentJobs: Band(text: jobs, upper: jobsEnd), .queueDepth: Band(text: queue, upper: queueEnd),
            ],
            sizes: [
                .memory(gigabytes: gigabytes, "memory", orMore: jobsEnd == nil),
                .word("eviction_policy", "noeviction"),
            ])
    }
}
