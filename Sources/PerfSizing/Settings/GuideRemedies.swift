/// What guide A advises for each resource beside its size, with the gains that it claims.
enum GuideRemedies {
    static let all: [SizingRemedy] = [
        SizingRemedy(
            resource: .database,
            text:
                "indexes that queries lack (tenant first, partial where few rows match), batches instead of N+1, PgBouncer",
            claimedGain: "query time -70% (1 s to 300 ms), database CPU -40%", source: .guideA),
        SizingRemedy(
            resource: .redis, text: "pipelines, short keys, a time to live for each key, a pool of 50 connections",
            claimedGain: "latency -50% (100 ms to 50 ms), throughput +30%", source: .guideA),
        SizingRemedy(
            resource: .applicationServer, text: "caches for what is mostly read, pages, asynchronous calls of others",
            claimedGain: "P95 -60% (2 s to 800 ms), throughput +50%", source: .guideA),
        SizingRemedy(
            resource: .workers,
            text: "more workers, batches in jobs, asynchronous calls, references instead of payloads in the queue",
            claimedGain: "throughput +100% (5 to 10 jobs/s), queue -50%", source: .guideA),
    ]
}
