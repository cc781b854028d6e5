import PerfModel

/// What the two tuning guides advise, with what they claim it gains.
package enum GuideRemedies {
    /// The guide for a platform of jobs and workers.
    package static let guideA = "guide A"
    /// The guide for an agent framework.
    package static let guideB = "guide B"

    package static let scaleOut = Remedy(
        "scale out: more workers, on further machines where these CPUs are full",
        claimedGain: "throughput +70%, p95 -40% for workers 4 to 8",
        source: guideA)
    package static let optimiseHotPaths = Remedy(
        "make the hot functions cheaper: perfdoctor record -p PID shows them", source: guideA)

    // MARK: Memory

    package static let boundPayloads = Remedy(
        "hold less at a time: pages instead of whole results, iterators instead of lists, smaller payloads",
        source: guideA)
    package static let boundCaches = Remedy(
        "give caches a bound and an age at which entries leave", source: guideA)
    package static let addMemory = Remedy("give it more memory", source: guideA)
    package static let findHolder = Remedy("perfdoctor heap -p PID shows what holds the memory, and what leaks")
    static let memory = [findHolder, boundPayloads, boundCaches, addMemory]

    // MARK: Disk

    package static let solidState = Remedy("put the data on an SSD", source: guideA)
    package static let asynchronousIO = Remedy(
        "do not wait for one request after the other: asynchronous I/O, several at a time", source: guideA)
    package static let readReplicas = Remedy(
        "read from replicas of the database, and cache what is read often",
        claimedGain: "throughput +75%, p95 -55% together with a larger database, Redis, workers and a pooler",
        source: guideA)
    static let disk = [
        Remedy("perfdoctor record --clock off-cpu -p PID shows who waits for which file"), asynchronousIO, solidState,
        readReplicas,
    ]

    // MARK: Network

    package static let keepAlive = Remedy(
        "keep connections open and use them again: a pool (100 kept, 200 at most), HTTP/2", source: guideB)
    package static let nearby = Remedy(
        "serve what does not change from nearby (a CDN), and small: compressed, cached for 30 days", source: guideB)
    package static let compress = Remedy("compress bodies above 1 KB", source: guideB)

    // MARK: Waiting one after the other

    package static let gather = Remedy(
        "ask for things that do not depend on each other at the same time (asyncio.gather, a thread pool)",
        claimedGain: "p95 -60% (2 s to 800 ms), throughput +50% together with caching and pagination", source: guideA)
    package static let batch = Remedy(
        "ask for many things with one request: = ANY(…) or a join, a bulk call",
        claimedGain: "throughput +100% (5 to 10 jobs a second) for jobs that batch their look-ups", source: guideA)
    package static let pipeline = Remedy(
        "send commands in a pipeline", claimedGain: "latency -50% (100 ms to 50 ms), throughput +30%", source: guideA)
}
