import PerfModel
import Testing

@testable import PerfProbes

/// What a watcher is told of the guides' key metrics.
@Suite("Key metrics")
struct KeyMetricTests {
    private let redis = KeyMetricBoard.Source(url: "redis://cache", address: "10.0.0.5:6379")
    private let api = KeyMetricBoard.Source(url: "http://api", address: "10.0.0.6:80")
    private let service = KeyMetricBoard.Source(url: "metrics+http://api", address: "10.0.0.6:80")
    private static let failure = ProbeFailure(.refused, "10.0.0.5:6379 refuses connections", remedy: "start it")

    private func reading(_ value: Double) -> Availability<KeyReading> {
        .available(KeyReading(KeyReading.Figure("x", value)))
    }

    private func sample(_ board: KeyMetricBoard, at seconds: UInt64) -> [KeyMetric: KeyMetricState] {
        let states = board.sample(at: seconds * 1_000_000_000, host: [.cpu: reading(0.9)], span: 2_000_000_000)
        #expect(states.map(\.metric) == KeyMetric.allCases)
        return Dictionary(states.map { ($0.metric, $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test("what no target tells is unmeasured, and says which one would")
    func nobody() {
        let states = sample(KeyMetricBoard(historyCount: 3), at: 100)
        #expect(states[.cpu]?.severity == .warning && states[.cpu]?.word == "warning")
        for metric in KeyMetric.allCases where metric != .cpu {
            #expect(states[metric]?.word == "unmeasured" && states[metric]?.severity == nil)
            guard metric != .memory else { continue }
            #expect(
                states[metric]?.reading == .unavailable(reason: "no target tells it", remedy: metric.remedy))
            #expect(metric.remedy.contains("://"))
        }
    }

    @Test("answers of a prober are a mean of the last window and quantiles of the last minute")
    func answers() throws {
        let board = KeyMetricBoard(historyCount: 3)
        for index in 0..<100 as Range<UInt64> {
            board.add(
                .success(index < 95 ? 1_000_000 : 200_000_000), as: .redisLatency, countsErrors: false, from: redis,
                at: 50_000_000_000 + index * 500_000_000)
        }
        let state = try #require(sample(board, at: 100)[.redisLatency])
        let reading = try #require(state.reading.value)
        // The last two seconds have the last four or five answers, which are the slow ones.
        #expect(abs(reading.main.value - 0.2) < 1e-9 && reading.main.name == "avg", "\(reading)")
        #expect(state.severity == .critical && state.source == "redis://cache")
        #expect(reading.others.map(\.name) == ["p95", "p99", "max"])
        // What is a minute old is forgotten.
        #expect(sample(board, at: 200)[.redisLatency]?.word == "unmeasured")
        #expect(sample(board, at: 200)[.redisLatency]?.history.count == 3)
    }

    @Test("who does not answer is unmeasured with the reason; errors of an API are its error rate")
    func failures() throws {
        let board = KeyMetricBoard(historyCount: 3)
        board.add(.failure(Self.failure), as: .redisLatency, countsErrors: false, from: redis, at: 99_000_000_000)
        for index in 0..<40 as Range<UInt64> {
            board.add(
                index < 38 ? .success(80_000_000) : .failure(Self.failure), as: .apiLatency, countsErrors: true,
                from: api, at: 98_000_000_000 + index * 10_000_000)
        }
        let states = sample(board, at: 100)
        #expect(
            states[.redisLatency]?.reading
                == .unavailable(reason: "10.0.0.5:6379 refuses connections", remedy: "start it"))
        #expect(states[.errorRate]?.reading.value?.main.value == 0.05 && states[.errorRate]?.severity == .critical)
        #expect(states[.apiLatency]?.reading.value?.main == KeyReading.Figure("p95", 0.08))
        // What a service says of itself is shown before what is measured from outside.
        board.add([.apiLatency: reading(0.7)], from: service, at: 100_000_000_000)
        #expect(sample(board, at: 101)[.apiLatency]?.source == "metrics+http://api")
        #expect(sample(board, at: 101)[.apiLatency]?.severity == .warning)
        // And no longer than it says something.
        #expect(sample(board, at: 117)[.apiLatency]?.source == "http://api")
    }

    @Test("queues of several servers are one sum; few jobs are bad only where some wait")
    func queues() throws {
        let board = KeyMetricBoard(historyCount: 3)
        let other = KeyMetricBoard.Source(url: "redis://other", address: "x")
        board.add([.queueDepth: reading(0), .jobThroughput: reading(1)], from: redis, at: 100_000_000_000)
        #expect(sample(board, at: 100)[.jobThroughput]?.severity == nil)
        board.add([.queueDepth: reading(700), .jobThroughput: reading(1)], from: other, at: 100_000_000_000)
        let states = sample(board, at: 100)
        #expect(states[.queueDepth]?.reading.value?.main.value == 700 && states[.queueDepth]?.severity == .warning)
        #expect(states[.jobThroughput]?.reading.value?.main.value == 2)
        #expect(states[.jobThroughput]?.severity == .warning)
        board.forget(other)
        #expect(sample(board, at: 100)[.queueDepth]?.reading.value?.main.value == 0)
    }

    @Test(
        "values and limits as people read them",
        arguments: [
            (KeyMetric.apiLatency, 0.34, "340 ms", "fine < 500 ms, high ≥ 2.00 s"),
            (.jobThroughput, 4.25, "4.3/s", "fine ≥ 5.0/s"), (.errorRate, 0.023, "2.3%", "fine < 1.0%, high ≥ 5.0%"),
            (.cpu, 0.5, "50%", "fine < 85%, high ≥ 95%"), (.queueDepth, 1204, "1,204", "fine < 500, high ≥ 5,000"),
        ])
    func words(metric: KeyMetric, value: Double, text: String, limits: String) {
        #expect(metric.text(value) == text)
        #expect(metric.limitsText == limits)
    }
}
