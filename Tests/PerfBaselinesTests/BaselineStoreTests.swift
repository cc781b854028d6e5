import FoundationEssentials
import PerfModel
import Testing

@testable import PerfBaselines

@Suite("file store of baselines")
final class BaselineStoreTests {
    private let root = FileManager.default.temporaryDirectory.appending(
        path: "perfdoctor-baselines-\(UUID().uuidString)"
    ).path
    private var store: FileBaselineStore { FileBaselineStore(root: root) }

    deinit {
        guard FileManager.default.fileExists(atPath: root) else { return }
        do { try FileManager.default.removeItem(atPath: root) } catch { Issue.record(error) }
    }

    private func result(_ values: [Double] = [1.5, 2, 3], startedAt: Int64? = 1_700_000_000_000_000_000)
        -> BenchmarkResult
    {
        BenchmarkResult(
            series: [
                .observed(MetricSeries.ID(suite: "json", benchmark: "parse \u{1B}[31m"), "cpu_time", "ns", values),
                MetricSeries(
                    id: MetricSeries.ID(suite: "", benchmark: "serve"), metric: "latency", unit: "ns", kind: .histogram,
                    histogram: LatencyHistogram(
                        significantDigits: 3, lowest: 1, highest: .max,
                        counts: [.init(value: 9_007_199_254_740_993, count: 4), .init(value: .max, count: 1)])),
            ],
            startedAt: startedAt)
    }

    @Test("what is saved is loaded again, to the last digit, with the checksum of what it replaced")
    func roundTrip() throws {
        let first = try store.save(result(), name: "api/checkout", machineClass: "x86_64-2cpu").saved
        #expect(first.location == "\(root)/x86_64-2cpu/api/checkout.json")
        let loaded = try store.load(name: "api/checkout", machineClass: nil)
        #expect(loaded.result == first.result && loaded.result.series == result().series)
        let second = try store.save(result([4]), name: "api/checkout", machineClass: "x86_64-2cpu").saved
        #expect(second.result.provenance?.parent == first.result.provenance?.sha256)
        #expect(second.result.provenance?.sha256 != first.result.provenance?.sha256)
        #expect(try store.list().map(\.name) == ["api/checkout"])
    }

    @Test("a sample stands on a line of its own, the same result gives the same bytes")
    func text() throws {
        let text = String(decoding: try BaselineText.encoded(result()).text, as: UTF8.self)
        #expect(
            text.contains("\n    {\"order\":1,\"proc\":1,\"value\":2},\n")
                || text.contains("{\"order\":1,\"proc\":1,\"value\":2}"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 120 })
        #expect(text.split(separator: "\n").count { $0.contains("\"proc\":") } >= 1)
        #expect(try BaselineText.encoded(result()) == BaselineText.encoded(result()))
        let compact = try BenchmarkDocument.encoded(result())
        #expect(
            BaselineText.minified(BaselineText.pretty(BaselineText.minified(compact))) == BaselineText.minified(compact)
        )
    }

    @Test("a file that was changed, cut off, or is something else is refused, with the reason")
    func hostile() throws {
        let path = try store.save(result(), name: "a", machineClass: "m").saved.location
        let good = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        let cases = [
            (good.replacing("1.5", with: "1.4"), "its checksum is another one"), (String(good.dropLast(20)), ""),
            (good.replacing("\"sha256\"", with: "\"sha\""), "no checksum"), ("", ""), ("{}", "no schema"),
            (good.replacing("perfdoctor.benchmark/1", with: "perfdoctor.heap/1"), "its schema is"),
            (good.replacing("\"proc\":1", with: "\"proc\":-1"), "sample"),
        ]
        for (text, reason) in cases {
            try Data(text.utf8).write(to: URL(filePath: path))
            let error = #expect(throws: BaselineStoreError.self) { try store.load(name: "a", machineClass: "m") }
            #expect(error?.summary.contains(reason) == true && error?.remedy != nil, "\(error?.summary ?? "")")
            #expect(try store.list().first?.problem != nil)
        }
        // White space is no change: editors and git may add a line end.
        try Data((good + "\n\n").utf8).write(to: URL(filePath: path))
        #expect(try store.load(name: "a", machineClass: "m").result.series == result().series)
    }

    @Test("any damage to a file is refused or changes nothing, never a crash")
    func damage() throws {
        let path = try store.save(result(), name: "a", machineClass: "m").saved.location
        let good = Array(try Data(contentsOf: URL(filePath: path)))
        let known = try store.load(name: "a", machineClass: "m").result
        var fixed: UInt64 = 0x5DEE_CE66
        func next(_ bound: Int) -> Int {
            fixed = fixed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(fixed >> 33) % bound
        }
        for _ in 0..<300 {
            var damaged = good
            damaged[next(damaged.count)] = UInt8(next(256))
            if next(4) == 0 { damaged.removeSubrange(next(damaged.count)..<damaged.count) }
            try Data(damaged).write(to: URL(filePath: path))
            do {
                let loaded = try store.load(name: "a", machineClass: "m").result
                // Outside of the checksum is white space alone.
                #expect(loaded.series == known.series)
            } catch {
                #expect(!error.summary.isEmpty)
            }
        }
    }

    @Test("names cannot leave the store, nor be several machines' at once")
    func names() throws {
        for name in ["", "/", "..", "a/../b", ".", "a\u{0}", "a/b/c/d/e/f/g"] {
            #expect(throws: BaselineStoreError.badName(name)) {
                try store.save(result(), name: name, machineClass: "m")
            }
        }
        let odd = try store.save(result(), name: "-x \u{1B}[2J;rm", machineClass: "../../etc/m").saved
        #expect(odd.location == "\(root)/_.._etc_m/x___2J_rm.json")
        #expect(try store.load(name: "-x \u{1B}[2J;rm", machineClass: "../../etc/m").location == odd.location)
        #expect(try store.save(result(), name: "y", machineClass: "").saved.machineClass == "unknown")
        #expect(try FileManager.default.contentsOfDirectory(atPath: root).sorted() == ["_.._etc_m", "unknown"])
    }

    @Test("objectives alone may be written by hand, without a checksum; with a wrong one they are refused")
    func handwritten() throws {
        let path = try store.save(BenchmarkResult(series: []), name: "slo", machineClass: "m").saved.location
        func write(_ more: String) throws {
            let text = #"{"schema": "perfdoctor.benchmark/1", "results": [], "slo": [{"expr": "p95 < 1s"}]\#(more)}"#
            try Data(text.utf8).write(to: URL(filePath: path))
        }
        try write("")
        #expect(try store.load(name: "slo", machineClass: nil).result.objectives.map(\.expression) == ["p95 < 1s"])
        try write(#", "provenance": {"sha256": "00"}"#)
        #expect(throws: BaselineStoreError.self) { try store.load(name: "slo", machineClass: nil) }
    }

    @Test("several machine classes of one name are ambiguous, an unknown name suggests a known one")
    func lookup() throws {
        for machine in ["m1", "m2"] { _ = try store.save(result(), name: "suite", machineClass: machine) }
        #expect(throws: BaselineStoreError.ambiguous(name: "suite", machineClasses: ["m1", "m2"])) {
            try store.load(name: "suite", machineClass: nil)
        }
        #expect(try store.load(name: "m2/suite", machineClass: nil).machineClass == "m2")
        let error = #expect(throws: BaselineStoreError.self) { try store.load(name: "siute", machineClass: "m1") }
        #expect(error?.remedy == "did you mean 'suite'?")
    }

    @Test("prune removes what is older, and nothing that does not say when it was measured")
    func prune() throws {
        _ = try store.save(result(startedAt: 1_000), name: "old", machineClass: "m")
        _ = try store.save(result(startedAt: 3_000), name: "new", machineClass: "m")
        _ = try store.save(result(startedAt: nil), name: "dateless", machineClass: "m")
        #expect(try store.prune(olderThan: 2_000, isDryRun: true).map(\.name) == ["old"])
        #expect(try store.list().count == 3)
        #expect(try store.prune(olderThan: 2_000, isDryRun: false).map(\.name) == ["old"])
        #expect(try store.list().map(\.name) == ["dateless", "new"])
        let id = result().series[0].id
        #expect(try store.history(of: id, metric: "cpu_time", machineClass: "m").map(\.name) == ["dateless", "new"])
        #expect(try store.history(of: id, metric: "none", machineClass: "m").isEmpty)
    }
}
