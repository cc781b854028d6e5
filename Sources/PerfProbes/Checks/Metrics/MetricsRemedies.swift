import PerfModel

/// What the two tuning guides advise for a service, with what they claim it gains; what they have wrong is corrected.
enum MetricsRemedies {
    private static let apiClaim = "P95 latency -60% (2 s to 800 ms), throughput +50%, all of the guide's advice"

    static let http = [
        Remedy(
            "cache what is read often, with a time to live (the guide's lru_cache has none)", claimedGain: apiClaim,
            source: "guide A, corrected"),
        Remedy(
            "ask other services at once (async, gather) instead of one after the other", claimedGain: apiClaim,
            source: "guide A"),
        Remedy("give large lists in pages", claimedGain: apiClaim, source: "guide A"),
        Remedy("see what it waits for: perfdoctor diagnose -p PID, with the URLs of its servers"),
    ]
    static let database = [
        PostgreSQLRemedies.index, PostgreSQLRemedies.batches,
        Remedy("ask the server which statements they are: perfdoctor probe postgres://…"),
    ]
    static let llm = [
        Remedy("keep answers to the same prompt for a day", source: "guide B"),
        Remedy("stream answers, so that the first word comes at once", source: "guide B"),
        Remedy(
            "send prompts in batches, with a time after which a partial batch goes (the guide's never does)",
            source: "guide B, corrected"),
    ]
    static let cache = [
        Remedy("keep entries for longer, or give the cache more memory: see what it evicts"),
        Remedy("fill the cache when data is written (write-through)", source: "guide B"),
    ]
    static let errors = [
        Remedy("read the service's log of the same minutes"),
        Remedy("see whether it runs out of connections: perfdoctor probe postgres://… redis://…"),
    ]
}
