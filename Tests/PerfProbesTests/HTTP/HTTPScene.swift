import PerfModel

@testable import PerfClients
@testable import PerfProbes

/// Observations of servers as they might be.
struct HTTPScene {
    var isTLS = true
    var version = "2"
    var status = 200
    var headers: [String: String] = [
        "content-type": "application/json", "cache-control": "private, max-age=60", "alt-svc": "h3=\":443\"; ma=86400",
        "server-timing": "app;dur=4.5",
    ]
    var again: [String: String]?
    var bodySize: UInt64 = 400
    var body: [UInt8] = []
    var pieces: [HTTPResponse.Piece] = []
    var phases = HTTPResponse.Phases(tcp: 300_000, tls: 900_000, firstByte: 5_000_000, transfer: 100_000)
    var expiry: Int64? = now + 60 * 86_400
    var client = ClientLatency(median: 5_500_000, p95: 9_000_000, p99: 20_000_000, count: 200, network: 300_000)
    /// Statuses of all answers, with how many.
    var statuses: [(Int, Int)] = [(200, 200)]
    var answerHeaders: [String: String]?
    var isReused = true
    var redirects: [HTTPRedirect] = []
    var isLoop = false
    var resolution: UInt64? = 200_000

    static let now: Int64 = 1_800_000_000

    private func response(_ headers: [String: String], status: Int) -> HTTPResponse {
        HTTPResponse(
            status: status, version: version,
            headers: HTTPHeaders(headers.sorted { $0.key < $1.key }.map { HTTPHeaders.Field($0.key, $0.value) }),
            body: body, bodySize: max(bodySize, UInt64(body.count)), phases: phases, sentAt: 1_000_000_000,
            receivedAt: 1_006_000_000, certificateExpiry: isTLS ? expiry : nil, pieces: pieces)
    }

    func observation() -> HTTPObservation {
        var counts = HTTPTally.Counts()
        for (status, count) in statuses {
            for _ in 0..<count {
                var answer = response(answerHeaders ?? headers, status: status)
                answer.isReused = isReused
                counts.add(answer, now: Self.now)
            }
        }
        return HTTPObservation(
            address: "10.0.0.5:443", isTLS: isTLS, target: "/api", client: client, answers: counts,
            page: response(headers, status: status), again: response(again ?? headers, status: status),
            redirects: redirects, isLoop: isLoop, resolution: resolution, now: Self.now)
    }

    func report(_ thresholds: [String: CheckThreshold] = [:]) -> ServerReport {
        observation().report(thresholds: thresholds)
    }

    func findings(_ id: String) -> [Finding] { report().findings.filter { $0.id == id } }
    func isHealthy(_ id: String) -> Bool { report().healthy.contains { $0.id == id } }
    func reason(_ id: String) -> String? { report().unmeasured.first { $0.id == id }?.reason }
}
