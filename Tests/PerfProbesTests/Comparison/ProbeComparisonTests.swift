import FoundationEssentials
import Glibc
import PerfModel
import PerfProbes
import PerfStatistics
import Testing

@Suite("Comparing two probes")
struct ProbeComparisonTests {
    /// A document of one target whose answers came in this order, ten a moment; nil is a lost question.
    private func document(
        _ answers: [Double?], url: String = "redis://cache", address: String = "10.0.0.1:6379",
        method: String = "PING", verdict: String = "ok", error: String? = nil, rate: Double = 20,
        hasHistogram: Bool = true, checks: [(id: String, outcome: String)]? = nil
    ) throws -> ProbeRecord {
        let known = answers.compactMap { $0 }
        var counts: [Double: Int] = [:]
        for answer in known { counts[answer, default: 0] += 1 }
        let moments = stride(from: 0, to: answers.count, by: 10).map {
            Array(answers[$0..<min($0 + 10, answers.count)])
        }
        func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }
        var target: [String: JSONValue] = [
            "url": .string(url), "address": .string(address), "method": .string(method),
            "sent": .number(Double(answers.count)), "received": .number(Double(known.count)),
            "verdict": .string(verdict), "error": error.map(JSONValue.string) ?? .null,
            "timeline": .object([
                "width_ns": .number(5e8), "answered": numbers(moments.map { Double($0.compactMap { $0 }.count) }),
                "max_ns": .array(moments.map { $0.compactMap { $0 }.max().map { .number($0) } ?? .null }),
                "lost": numbers(moments.map { Double($0.count { $0 == nil }) }),
            ]),
        ]
        if hasHistogram {
            let keys = counts.keys.sorted()
            target["histogram"] = .object([
                "latency_ns": numbers(keys), "count": numbers(keys.map { Double(counts[$0] ?? 0) }),
            ])
        }
        if let checks {
            target["checks"] = .array(
                checks.map { .object(["id": .string($0.id), "outcome": .string($0.outcome), "subject": .null]) })
        }
        let document = JSONValue.object([
            "schema": .string("perfdoctor.probe/1"), "started_at": .string("2026-11-26T10:00:00Z"),
            "host": .object(["name": .string("box")]), "prober": .object(["rate_per_second": .number(rate)]),
            "targets": .array([.object(target)]),
        ])
        return try ProbeRecord(Array(try JSONEncoder().encode(document)), source: "probe.json")
    }

    /// Latencies around a median, log-normal as servers have them; nanoseconds of 1,000.
    private func answers(_ count: Int, median: Double = 1e6, spread: Double = 0.3, seed: UInt64 = 1) -> [Double] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            let u = Double.random(in: 0.000_001..<0.999_999, using: &generator)
            return (median * exp(spread * normal(u)) / 1000).rounded() * 1000
        }
    }

    /// The inverse of the normal distribution, roughly: Tukey's lambda with 0.14.
    private func normal(_ u: Double) -> Double { (Glibc.pow(u, 0.14) - Glibc.pow(1 - u, 0.14)) / 0.1975 }

    private func compared(_ before: ProbeRecord, _ after: ProbeRecord) throws -> ProbeComparison.Target {
        try #require(ProbeComparison(before: before, after: after).targets.first)
    }

    @Test("the same server twice is no change, and twice as slow is one in every percentile that is known")
    func medians() throws {
        let before = try document(answers(400))
        let same = try compared(before, document(answers(400, seed: 2)))
        #expect(!same.hasChanged && same.incomparable == nil)
        let slower = try compared(before, document(answers(400, median: 2e6, seed: 3)))
        #expect(slower.quantiles.first?.direction == .slower)
        #expect(slower.quantiles.allSatisfy { !$0.isKnown || $0.direction == .slower })
        let median = try #require(slower.quantiles.first)
        #expect(median.changeInterval.map { $0.contains(2) && $0.lowerBound > 1.5 && $0.upperBound < 2.7 } == true)
        let faster = try compared(document(answers(400, median: 2e6, seed: 3)), before)
        #expect(faster.quantiles.first?.direction == .faster)
    }

    @Test("no more than one probe in a hundred differs from another of the same server")
    func falseAlarms() throws {
        var alarms = 0
        for seed in 0..<100 {
            let first = try document(answers(200, spread: 1, seed: UInt64(1000 + 2 * seed)))
            let second = try document(answers(200, spread: 1, seed: UInt64(1001 + 2 * seed)))
            if try compared(first, second).hasChanged { alarms += 1 }
        }
        // Five intervals of 99% that must not overlap: far below one in a hundred.
        #expect(alarms <= 2)
    }

    @Test("a stall is one event, whatever number of questions was due in it; many are a change")
    func stall() throws {
        let calm = answers(1000)
        var once = answers(1000, seed: 2)
        for index in 500..<560 { once[index] = Double(560 - index) * 1e7 }
        let single = try compared(document(calm), document(once))
        let p95 = try #require(single.quantiles.first { $0.ratio == 0.95 })
        #expect(p95.after > 10 * p95.before && p95.direction == .none && !p95.isKnown)
        var often = answers(1000, seed: 2)
        for start in stride(from: 15, to: 1000, by: 20) {
            for index in start..<start + 2 { often[index] = Double(start + 2 - index) * 1e8 }
        }
        let many = try compared(document(calm), document(often))
        #expect(many.quantiles.first { $0.ratio == 0.95 }?.direction == .slower)
        #expect(many.quantiles.first { $0.ratio == 0.5 }?.direction == ProbeComparison.Direction.none)
    }

    @Test("a change that does not matter is told apart from none")
    func small() throws {
        let slight = try compared(
            document(answers(20_000, spread: 0.05)), document(answers(20_000, median: 1.1e6, spread: 0.05, seed: 2)))
        #expect(slight.quantiles.first?.isBelowMinimum == true && !slight.hasChanged)
        // Of 20 µs on loopback, a doubling is what the sleep of a CPU does.
        let tiny = try compared(
            document(answers(2000, median: 2e4)), document(answers(2000, median: 4e4, seed: 2)))
        #expect(tiny.quantiles.first?.isBelowMinimum == true)
    }

    @Test("losses count where they are more than chance, and a burst is one event")
    func losses() throws {
        func losing(_ isLost: (Int) -> Bool, seed: UInt64) -> [Double?] {
            answers(1000, seed: seed).enumerated().map { isLost($0) ? nil : $1 }
        }
        let none = try document(answers(1000))
        let spread = try compared(none, document(losing({ $0 % 20 == 0 }, seed: 2)))
        #expect(spread.loss?.isSignificant == true && spread.loss?.after == 0.05)
        #expect(spread.loss?.differenceInterval.contains(0.05) == true)
        let burst = try compared(none, document(losing({ (400..<450).contains($0) }, seed: 2)))
        #expect(burst.loss?.isSignificant == false && burst.loss?.after == 0.05)
        #expect(try compared(none, document(answers(1000, seed: 3))).loss?.isSignificant == false)
    }

    @Test("who stops to answer has changed, who never did has not")
    func stopped() throws {
        let fine = try document(answers(200))
        let dead = try document(
            Array(repeating: nil, count: 200), verdict: "failed", error: "connection refused")
        let stopped = try compared(fine, dead)
        #expect(stopped.stopped && stopped.hasChanged)
        #expect(try compared(dead, fine).started)
        let still = try compared(dead, dead)
        #expect(!still.hasChanged && still.incomparable?.contains("connection refused") == true)
        let comparison = ProbeComparison(before: dead, after: dead)
        #expect(!comparison.isComparable)
    }

    @Test("what cannot be compared says why")
    func incomparable() throws {
        let fine = try document(answers(200))
        let invalid = try document(answers(200, median: 9e6), verdict: "invalid", error: "the prober was late itself")
        #expect(try compared(fine, invalid).incomparable == "INVALID after: the prober was late itself")
        #expect(try compared(invalid, fine).incomparable?.hasPrefix("INVALID before") == true)
        let other = try document(answers(200), method: "tcp connect")
        #expect(try compared(fine, other).incomparable?.contains("in another way") == true)
        let old = try document(answers(200), hasHistogram: false)
        #expect(try compared(fine, old).incomparable?.contains("percentiles alone") == true)
        let few = try document(answers(5))
        #expect(try compared(fine, few).incomparable?.hasPrefix("too few answers (200 before, 5 after)") == true)
        let elsewhere = ProbeComparison(before: fine, after: try document(answers(200), url: "redis://other"))
        #expect(elsewhere.targets.isEmpty && elsewhere.onlyBefore.count == 1 && elsewhere.onlyAfter.count == 1)
        #expect(!elsewhere.isComparable)
        let moved = ProbeComparison(before: fine, after: try document(answers(200, seed: 2), address: "10.0.0.2:6379"))
        #expect(moved.targets.first?.incomparable == nil, "the name is the same")
    }

    @Test("findings appear, go, get worse, or are not looked for")
    func findings() throws {
        func changes(
            _ before: [(id: String, outcome: String)]?, _ after: [(id: String, outcome: String)]?
        ) throws -> [ProbeComparison.CheckChange.Kind]? {
            try compared(
                document(answers(200), checks: before), document(answers(200, seed: 2), checks: after)
            ).checks?.map(\.kind)
        }
        #expect(try changes([("rd.mem", "healthy")], [("rd.mem", "warning")]) == [.appeared])
        #expect(try changes([("rd.mem", "warning")], [("rd.mem", "healthy")]) == [.gone])
        #expect(try changes([("rd.mem", "warning")], [("rd.mem", "critical")]) == [.worse])
        #expect(try changes([("rd.mem", "critical")], [("rd.mem", "info")]) == [.better])
        #expect(try changes([("rd.mem", "critical")], [("rd.mem", "critical")]) == [])
        #expect(try changes([("rd.mem", "critical")], [("rd.mem", "unmeasured")]) == [.unknown])
        #expect(try changes([("server", "unmeasured")], [("rd.mem", "critical")]) == [.unknown])
        #expect(try changes(nil, [("rd.mem", "critical")]) == nil)
        #expect(try changes([], [("rd.mem", "critical")]) == nil, "nothing was checked before")
    }

    @Test("no document ends the program, and what is damaged is named")
    func damaged() throws {
        let whole = JSONValue.object([
            "targets": .array([
                .object([
                    "url": .string("tcp://a:1"), "sent": .number(3), "received": .number(3), "verdict": .string("ok"),
                    "histogram": .object([
                        "latency_ns": .array([.number(5), .number(9)]), "count": .array([.number(1), .number(2)]),
                    ]),
                    "timeline": .object([
                        "answered": .array([.number(3)]), "max_ns": .array([.number(9)]), "lost": .array([.number(0)]),
                    ]),
                ])
            ])
        ])
        let bytes = Array(try JSONEncoder().encode(whole))
        #expect(try ProbeRecord(bytes, source: "a").targets.count == 1)
        var generator = SplitMix64(seed: 7)
        var read = 0
        for _ in 0..<3000 {
            var mangled = bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: mangled.indices, using: &generator)
                mangled[index] =
                    [0x30, 0x39, 0x2C, 0x5B, 0x5D, 0x2D, 0x65, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            guard case .success(let record) = Result(catching: { try ProbeRecord(mangled, source: "a") }) else {
                continue
            }
            _ = ProbeComparison(before: record, after: record).hasChanges
            read += 1
        }
        #expect(read > 10)
        let text = String(decoding: bytes, as: UTF8.self)
        for (old, new) in [
            ("\"count\":[1,2]", "\"count\":[1,3]"), ("[5,9]", "[9,5]"), ("\"received\":3", "\"received\":4"),
        ] {
            let changed = text.replacing(old, with: new)
            #expect(changed != text)
            #expect(throws: ReadingProblem.self) { try ProbeRecord(Array(changed.utf8), source: "a") }
        }
    }
}
