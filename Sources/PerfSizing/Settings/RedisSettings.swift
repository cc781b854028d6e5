extension GuideSettings {
    static let redisB = GuideSettings(
        id: "redis_settings", resource: .redis, title: "redis.conf", source: .guideB,
        settings: [
            .setting("maxmemory", 4, unit: "gb"),
            .setting("maxmemory-policy", "noeviction"),
            .setting("list-compress-depth", 1),
            .setting("max_connections", 50),
            .setting("socket_timeout", 5, unit: "s"),
            .setting("health_check_interval", 30, unit: "s"),
        ],
        corrections: [
            GuideTable.eviction(
                .guideB, reason: "it drops jobs without an error where the Redis holds queues, as above"),
            SizingRecommendation.Correction(
                subject: "persistence", source: .guideB, claim: "off (save \"\", appendonly no)",
                corrected: "on where the queues are, off for the cache alone",
                reason: "without it a restart of Redis loses every job that waits"),
        ],
        notes: ["maxmemory 4gb is one size for all: the row of guide A that fits replaces it"])
}
