import PerfModel
import Testing

@testable import PerfClients
@testable import PerfProbes

/// Each check on a sick server, on one that only looks sick, and on one that says too little.
@Suite("HTTP checks")
struct HTTPCheckTests {
    static let all = [
        "http.latency", "http.split", "http.connect", "http.errors", "http.ratelimit", "http.redirect", "http.tls",
        "http.alpn", "http.altsvc", "http.keepalive", "http.compression", "http.body", "http.cache", "http.cdn",
    ]

    @Test("every check that applies says something, and a good server has no finding")
    func healthy() {
        let report = HTTPScene().report()
        let said = report.findings.map(\.id) + report.healthy.map(\.id) + report.unmeasured.map(\.id)
        #expect(said.sorted() == Self.all.sorted())
        #expect(report.findings.isEmpty && report.unmeasured.isEmpty, "\(report.findings) \(report.unmeasured)")
        #expect(report.facts.contains { $0.name == "protocol" && $0.value == "HTTP/2" })
    }

    @Test("without TLS nobody asks for what is of TLS alone")
    func plain() {
        let report = HTTPScene(isTLS: false, version: "1.1").report()
        let said = (report.findings.map(\.id) + report.healthy.map(\.id) + report.unmeasured.map(\.id)).sorted()
        #expect(said == Self.all.filter { !["http.tls", "http.alpn", "http.altsvc"].contains($0) }.sorted())
    }

    @Test func latency() {
        var scene = HTTPScene()
        scene.client.p95 = 600_000_000
        #expect(scene.findings("http.latency").map(\.severity) == [.warning])
        scene.client.p95 = 2_100_000_000
        scene.client.median = 6_000_000
        let finding = scene.findings("http.latency").first
        #expect(finding?.severity == .critical && finding?.summary.contains("the application itself says") == true)
        #expect(finding?.remedies.contains { $0.claimedGain?.contains("-60%") == true } == true)
        // A tail alone.
        scene.client.p95 = 100_000_000
        scene.client.p99 = 1_200_000_000
        #expect(scene.findings("http.latency").map(\.severity) == [.warning])
        scene.client.p95 = nil
        #expect(scene.reason("http.latency")?.contains("too few") == true)
    }

    @Test func split() {
        var scene = HTTPScene()
        scene.phases.firstByte = 90_000_000
        scene.client.median = 91_000_000
        scene.client.p95 = 800_000_000
        let finding = scene.findings("http.split").first
        #expect(
            finding?.severity == .warning && finding?.summary.contains("Server-Timing") == true, "\(scene.report())")
        #expect(finding?.evidence.first.map { abs($0.value - 85.2) < 0.5 } == true)
        #expect(finding?.benefit.map { $0 > 0.9 && $0 < 1 } == true)
        #expect(scene.findings("http.latency").first?.parent == "http.split")
        // A cache repeats what the server once said.
        scene.headers["age"] = "30"
        scene.headers["x-cache"] = "HIT"
        #expect(scene.reason("http.split")?.contains("no answer says") == true)
        scene.headers = ["content-type": "text/html"]
        #expect(scene.report().unmeasured.first { $0.id == "http.split" }?.remedy.contains("X-Response-Time") == true)
    }

    @Test func connect() {
        var scene = HTTPScene()
        scene.resolution = 5_000_000_000
        let finding = scene.findings("http.connect").first
        #expect(finding?.severity == .critical && finding?.summary.contains("for the name") == true)
        scene.resolution = nil
        scene.phases.tls = 400_000_000
        #expect(scene.findings("http.connect").first?.summary.contains("for TLS") == true)
        scene.phases.tcp = nil
        #expect(scene.reason("http.connect") != nil)
    }

    @Test("errors of the server are named, those of the client are not its fault")
    func errors() {
        let scene = HTTPScene(statuses: [(200, 170), (500, 20), (503, 5), (404, 5)])
        let finding = scene.findings("http.errors").first
        #expect(finding?.severity == .critical)
        #expect(finding?.summary.contains("500 Internal Server Error (20), 503 Service Unavailable (5)") == true)
        #expect(HTTPScene(statuses: [(200, 170), (404, 50)]).isHealthy("http.errors"))
        #expect(HTTPScene(statuses: []).reason("http.errors") != nil)
    }

    @Test func rateLimit() {
        var scene = HTTPScene(statuses: [(200, 150), (429, 50)])
        #expect(scene.findings("http.ratelimit").first?.summary.contains("no Retry-After") == true)
        scene.answerHeaders = ["retry-after": "60"]
        let finding = scene.findings("http.ratelimit").first
        #expect(finding?.evidence.contains(Evidence("retry_after", 60, "seconds")) == true)
        #expect(finding?.severity == .warning && finding?.remedies.first?.text.contains("--rate 1") == true)
        #expect(HTTPScene().isHealthy("http.ratelimit"))
        #expect(HTTPScene(statuses: []).reason("http.ratelimit") != nil)
    }

    @Test func redirect() {
        let elsewhere = HTTPRedirect(status: 301, shown: "https://www.example.com/", target: nil)
        var scene = HTTPScene(status: 301, redirects: [elsewhere])
        let finding = scene.findings("http.redirect").first
        #expect(finding?.severity == .warning && finding?.summary.contains("leads to https://www.example.com/") == true)
        // There is nothing to judge in a redirect.
        for id in ["http.compression", "http.body", "http.cache", "http.cdn"] {
            #expect(scene.reason(id)?.contains("301 Moved") == true)
        }
        scene.isLoop = true
        #expect(scene.findings("http.redirect").first?.severity == .critical)
        #expect(HTTPScene().isHealthy("http.redirect"))
    }

    @Test(
        "a certificate that ends soon",
        arguments: [(25.0, nil), (19.0, Severity.warning), (2.0, .critical), (-1, .critical)])
    func certificate(days: Double, severity: Severity?) {
        let scene = HTTPScene(expiry: HTTPScene.now + Int64(days * 86_400))
        #expect(scene.findings("http.tls").map(\.severity) == (severity.map { [$0] } ?? []))
        #expect(HTTPScene(expiry: nil).reason("http.tls") != nil)
    }

    @Test("HTTP/2 and HTTP/3 that are missing are told, and no fault")
    func protocols() {
        var scene = HTTPScene(version: "1.1")
        scene.headers["alt-svc"] = "h2=\":443\""
        #expect(scene.findings("http.alpn").map(\.severity) == [.info])
        #expect(scene.findings("http.altsvc").map(\.severity) == [.info])
        scene.headers["alt-svc"] = nil
        #expect(scene.findings("http.altsvc").first?.summary.contains("no Alt-Svc") == true)
        #expect(HTTPScene().isHealthy("http.alpn") && HTTPScene().isHealthy("http.altsvc"))
        let plain = HTTPScene(isTLS: false).observation()
        for outcome in [
            HTTPALPNCheck.outcome(of: plain, threshold: HTTPALPNCheck.threshold),
            HTTPAltSvcCheck.outcome(of: plain, threshold: HTTPAltSvcCheck.threshold),
            HTTPCertificateCheck.outcome(of: plain, threshold: HTTPCertificateCheck.threshold),
            HTTPStreamCheck.outcome(of: plain, threshold: HTTPStreamCheck.threshold),
        ] {
            guard case .unmeasured = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
    }

    @Test func keepAlive() {
        var scene = HTTPScene()
        scene.isReused = false
        scene.answerHeaders = ["connection": "close"]
        let finding = scene.findings("http.keepalive").first
        #expect(finding?.severity == .warning && finding?.summary.contains("100% of the answers") == true)
        #expect(finding?.summary.contains("Connection: close") == true && finding?.benefit.map { $0 > 0.2 } == true)
        scene.statuses = [(200, 3)]
        #expect(scene.reason("http.keepalive")?.contains("too few") == true)
        #expect(HTTPScene().isHealthy("http.keepalive"))
    }

    @Test func compression() {
        var scene = HTTPScene(bodySize: 40_000)
        let finding = scene.findings("http.compression").first
        #expect(finding?.severity == .warning && finding?.summary.contains("application/json") == true)
        #expect(finding?.remedies.first?.text.contains("GZipMiddleware") == true)
        scene.headers["content-encoding"] = "br"
        #expect(scene.isHealthy("http.compression"))
        scene.headers = ["content-type": "image/png"]
        #expect(scene.isHealthy("http.compression"))
        scene.headers = [:]
        #expect(scene.reason("http.compression")?.contains("Content-Type") == true)
        scene.bodySize = 900
        #expect(scene.isHealthy("http.compression"))
    }

    @Test func body() {
        var scene = HTTPScene(bodySize: 3_000_000)
        #expect(scene.findings("http.body").first?.remedies.first?.text.contains("pages") == true)
        scene.headers["content-type"] = "video/mp4"
        #expect(scene.isHealthy("http.body"))
        scene.headers["content-type"] = "text/css"
        #expect(scene.isHealthy("http.body"))
    }

    @Test func caching() {
        var scene = HTTPScene()
        scene.headers = ["content-type": "text/css"]
        #expect(scene.findings("http.cache").map(\.severity) == [.warning])
        scene.headers["etag"] = "\"1\""
        #expect(scene.findings("http.cache").map(\.severity) == [.info])
        scene.headers["cache-control"] = "public, max-age=3600"
        #expect(scene.findings("http.cache").first?.summary.contains("for 1.00 h only") == true)
        scene.headers["cache-control"] = "public, immutable, max-age=2592000"
        #expect(scene.isHealthy("http.cache"))
        scene.headers = ["content-type": "application/json", "cache-control": "no-store"]
        #expect(scene.isHealthy("http.cache"))
        scene.headers = ["content-type": "application/json"]
        #expect(scene.findings("http.cache").map(\.severity) == [.info])
    }

    @Test("a cache between that misses twice in a row")
    func cdn() {
        var scene = HTTPScene()
        scene.headers = ["content-type": "text/css", "x-cache": "MISS", "cache-control": "public, max-age=9000000"]
        #expect(scene.findings("http.cdn").map(\.severity) == [.warning])
        scene.again = ["content-type": "text/css", "x-cache": "HIT", "age": "3"]
        #expect(scene.isHealthy("http.cdn"))
        scene.headers = ["content-type": "text/css"]
        #expect(scene.findings("http.cdn").map(\.severity) == [.info])
        // An answer that is one client's own is not kept, and a bare Via says nothing.
        scene = HTTPScene()
        scene.headers["cf-cache-status"] = "DYNAMIC"
        #expect(scene.isHealthy("http.cdn"))
        scene.headers = ["content-type": "text/css", "via": "1.1 proxy"]
        #expect(scene.isHealthy("http.cdn"))
        var observation = scene.observation()
        observation.again = nil
        guard case .unmeasured = HTTPCDNCheck.outcome(of: observation, threshold: HTTPCDNCheck.threshold) else {
            Issue.record("blind is not healthy")
            return
        }
    }

    private func stream(at milliseconds: [UInt64]) -> HTTPScene {
        var scene = HTTPScene()
        scene.headers = ["content-type": "text/event-stream"]
        let event = Array("data: x\n\n".utf8)
        for (index, time) in milliseconds.enumerated() {
            scene.body += event
            scene.pieces.append(
                HTTPResponse.Piece(end: (index + 1) * event.count, receivedAt: 1_000_000_000 + time * 1_000_000))
        }
        return scene
    }

    @Test("a stream in one piece, in heaps, late, and as it should be")
    func stream() {
        let good = stream(at: [20, 120, 220, 320])
        #expect(good.isHealthy("http.stream") && good.reason("http.compression") == nil)
        let onePiece = stream(at: [900, 900, 900, 900]).findings("http.stream").first
        #expect(onePiece?.summary.contains("in one piece") == true)
        #expect(onePiece?.remedies.first?.text.contains("X-Accel-Buffering") == true)
        let heaps = stream(at: Array(repeating: 100, count: 5) + Array(repeating: 600, count: 5))
        #expect(heaps.findings("http.stream").first?.summary.contains("in heaps of 5.0") == true)
        let late = stream(at: [1500, 1600, 1700])
        #expect(late.findings("http.stream").first?.summary.contains("first event came after 1.50 s") == true)
        var silent = stream(at: [])
        silent.body = Array(": ping\n\n".utf8)
        #expect(silent.reason("http.stream")?.contains("no event") == true)
    }

    @Test("a threshold of the user's counts")
    func thresholds() {
        let strict = CheckThreshold(1, unit: "milliseconds", origin: "test")
        let report = HTTPScene().report(["http.latency": strict])
        #expect(report.findings.map(\.id) == ["http.latency"])
    }
}
