import PerfModel

/// What the two tuning guides advise for HTTP, with what they claim it gains; what they have wrong is corrected.
enum HTTPRemedies {
    private static let guideA = "guide A"
    private static let guideB = "guide B"

    /// The guide claims it for caching, pooling, pages and asynchronous calls together.
    private static let claim =
        "p95 -60% (2 s to 800 ms), throughput +50%, all of the guide's advice for APIs together"

    static let cacheResults = Remedy(
        "keep answers that are read often, and let them expire. The guide's lru_cache has no time to live, its comment "
            + "of 5 minutes notwithstanding",
        claimedGain: claim, source: "guide A, corrected")
    static let pool = Remedy(
        "take database connections from a pool: see postgres:// beside it", claimedGain: claim, source: guideA)
    static let pages = Remedy(
        "answer in pages: limit=100 and offset, or a cursor", claimedGain: claim, source: guideA)
    static let together = Remedy(
        "ask other services at once and not one after the other: asynchronous clients and asyncio.gather",
        claimedGain: claim, source: guideA)
    static let stream = Remedy(
        "stream what takes long to make, as answers of language models: text/event-stream", source: guideB)
    static let batch = Remedy(
        "batch calls of language models, and keep their answers for 24 hours. The guide's LLMBatcher never sends a "
            + "batch that is not full, and its cache reads pickle, which runs whatever is in it: use JSON",
        source: "guide B, corrected")
    static let sayTime = Remedy(
        "let the application say what it took: Server-Timing: app;dur=12.3, or the guide's middleware with "
            + "X-Response-Time",
        source: guideA)
    static let workers = Remedy("add workers, or make each answer shorter: what is asked waits before the application")
    static let keepAlive = Remedy(
        "let clients keep 100 connections of at most 200 (httpx.Limits), and use one client for all calls",
        source: guideB)
    static let serverKeepAlive = Remedy(
        "let the server and all proxies keep connections: keepalive_timeout, keepalive_requests; to what is behind nginx: "
            + "keepalive in upstream, proxy_http_version 1.1 and an empty Connection header")
    static let compress = Remedy(
        "compress answers of more than 1 KB: GZipMiddleware(minimum_size=1000). The guide writes GZIPMiddleware, which "
            + "does not exist",
        source: "guide B, corrected")
    static let nginxCompress = Remedy(
        "in nginx: gzip on, gzip_types application/json text/css application/javascript; without gzip_types only "
            + "text/html is, and gzip_proxied any where a proxy asks")
    static let http2 = Remedy("switch HTTP/2 on: listen 443 ssl http2 in nginx; http2=True in httpx", source: guideB)
    static let http3 = Remedy(
        "let the server speak HTTP/3 and say so: listen 443 quic reuseport, and Alt-Svc: h3=\":443\"; it needs UDP",
        source: guideB)
    static let staticFiles = Remedy(
        "let clients keep static files: expires 30d, Cache-Control: public, immutable, with names that change when the "
            + "file does",
        source: guideB)
    static let validators = Remedy("send ETag or Last-Modified: what has not changed is answered with 304 and no body")
    static let cdn = Remedy("serve static files from a CDN", source: guideB)
    static let cdnKeeps = Remedy(
        "let the CDN keep it: Cache-Control: public, max-age=…, no Set-Cookie, and no Vary but Accept-Encoding")
    static let slower = Remedy("ask more seldom: --rate 1")
    static let rateLimit = Remedy(
        "the guide's limit is 100 a minute for each client; raise it for those who may, or let clients wait as "
            + "Retry-After says",
        source: guideB)
    static let retryAfter = Remedy("send Retry-After with each 429: clients that do not know when try at once")
    static let renew = Remedy("renew the certificate, and reload the server: a renewed file alone changes nothing")
    static let unbuffered = Remedy(
        "let nothing between keep it back: proxy_buffering off or X-Accel-Buffering: no for nginx, no compression of "
            + "text/event-stream, and a flush after each event",
        source: "nginx manual")
    static let finalURL = Remedy("name where it leads to: clients that keep the old URL ask twice each time")
    static let nearer = Remedy("serve from nearer: a CDN, or a region where the clients are", source: guideB)
}
