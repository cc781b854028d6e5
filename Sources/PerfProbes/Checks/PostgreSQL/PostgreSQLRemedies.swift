import PerfModel

/// What the two tuning guides advise for PostgreSQL, with what they claim it gains; what they have wrong is corrected.
enum PostgreSQLRemedies {
    private static let claim = "query time -70% (1 s to 300 ms), CPU of the database -40%, all of the guide's advice"

    static let pooler = Remedy(
        "put PgBouncer before it, in transaction mode, unless sessions keep state: many clients, few connections",
        source: "guides A and B")
    /// The guide's own numbers, 50 and 20 in each of 4 workers, are 280 connections: more than the default limit.
    static let pool = Remedy(
        "keep connections in pools whose sizes, over all processes, fit into what the server takes; the guide's 50 "
            + "connections and 20 more in each of 4 workers are 280 and do not fit into 100",
        claimedGain: "throughput +33%, P95 latency -30% (a pool of 50 instead of 20)", source: "guide A, corrected")
    static let poolSettings = Remedy(
        "let pools check and renew connections: pre-ping, recycle 3600 s, timeout 30 s", source: "guide B")
    static let connections = [
        pooler, pool, Remedy("end sessions that are idle: idle_session_timeout (PostgreSQL 14)"),
        Remedy("raise max_connections, which takes memory and a restart"),
    ]
    static let endHolder = Remedy(
        "let the application commit before it waits for anything else; pg_terminate_backend(PID) ends a holder now")
    static let idleTimeout = Remedy("set idle_in_transaction_session_timeout")
    static let shortTransactions = Remedy("do the work in shorter transactions, in batches")
    static let lockTimeout = Remedy("set lock_timeout for migrations, so that they do not queue before all others")
    static let index = Remedy(
        "EXPLAIN (ANALYZE, BUFFERS) shows its plan; add the missing index with CREATE INDEX CONCURRENTLY",
        claimedGain: claim, source: "guide A")
    static let batches = Remedy(
        "ask once for many rows, = ANY($1) or a join, instead of once for each", claimedGain: claim, source: "guide A")
    static let memory = Remedy("raise shared_buffers to a quarter of the memory, or read less: see pg.slow")
}
