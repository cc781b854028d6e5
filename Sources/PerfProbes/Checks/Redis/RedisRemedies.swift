import PerfModel

/// What the two tuning guides advise for Redis, with what they claim it gains; what they have wrong is corrected.
enum RedisRemedies {
    private static let guideA = "guide A"
    private static let guideB = "guide B"

    /// The guide claims it for pipelines, short keys, times to live and pools together.
    private static let claim =
        "latency -50% (100 ms to 50 ms), throughput +30%, all of the guide's advice for Redis together"

    static let all = Remedy(
        "send commands in pipelines, shorten the names of keys, give keys a time to live, keep a pool of connections "
            + "(50 at most)",
        claimedGain: claim, source: guideA)
    static let pipeline = Remedy(
        "send commands that do not need each other's answers in one pipeline, or as MGET, MSET, HMGET",
        claimedGain: claim, source: guideA)
    static let pool = Remedy(
        "keep connections in a pool (50 at most) and use them again", claimedGain: claim, source: guideA)
    static let poolSettings = Remedy(
        "let the pool keep connections alive: keepalive on, timeouts of 5 s, a health check every 30 s", source: guideB)
    static let timesToLive = Remedy(
        "give keys a time to live: SETEX, EXPIRE", claimedGain: claim, source: guideA)
    static let longerLives = Remedy("let keys live longer, or fill the cache before it is asked: SETEX, a warm-up")
    static let cacheAside = Remedy(
        "see that what is looked up is what was written (cache-aside). The guide's cache_aside never fills its key's "
            + "pattern in, so that all share one entry",
        source: "guide B, corrected")
    static let shortKeys = Remedy("shorten the names of keys", claimedGain: claim, source: guideA)
    static let references = Remedy(
        "keep a digest and a reference in Redis instead of the whole value (1 KB instead of 100 KB)", source: guideA)
    static let compressLists = Remedy("compress long lists: list-compress-depth 1", source: guideB)
    static let setLimit = Remedy(
        "set maxmemory: 4 GB in the guide; less than the machine or the cgroup has, by what a fork copies",
        source: guideB)
    static let cacheOnly = Remedy(
        "where it is a cache and nothing else: save \"\" and appendonly no. Not where queues are: a restart loses them",
        source: "guide B, corrected")

    /// Both guides evict any key from the Redis that holds the jobs.
    static let protectQueues = Remedy(
        "set maxmemory-policy noeviction where queues are, and give the cache an instance of its own. Both guides say "
            + "allkeys-lru, which drops jobs without an error (rq#1280); with noeviction enqueuing fails, and is seen",
        source: "guides A and B, corrected")
    static let moreMemory = Remedy("give it more memory: raise maxmemory, or take a larger machine", source: guideA)

    static let findSlow = Remedy("SLOWLOG GET shows the slow commands with their arguments")
    static let smallerSteps = Remedy(
        "ask for less at a time: SCAN instead of KEYS, ranges instead of LRANGE 0 -1, SSCAN and HSCAN instead of SMEMBERS "
            + "and HGETALL, UNLINK instead of DEL. The guide's redis-cli --bigkeys ranks by number of elements, not by time",
        source: "guide A, corrected")
    static let clients = [
        pool, poolSettings,
        Remedy("raise maxclients, and the server's limit of open files with it"),
        Remedy("CLIENT LIST shows who they are; 'timeout' ends those that are idle"),
    ]
    static let hugePagesOff = Remedy(
        "switch transparent huge pages off: echo never > /sys/kernel/mm/transparent_hugepage/enabled, and restart Redis",
        source: "Redis manual, latency")
    static let forkElsewhere = Remedy("let a replica save, or keep less in one instance: a fork copies its page tables")
}
