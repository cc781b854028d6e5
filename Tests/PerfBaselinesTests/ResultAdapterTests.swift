import FoundationEssentials
import PerfModel
import Testing

@testable import PerfBaselines

@Suite("result adapters")
struct ResultAdapterTests {
    static let folder =
        String(#filePath.dropLast("ResultAdapterTests.swift".count)) + "Fixtures/results/"
    static let files: [String] = {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0 != "README.md" }.sorted()
        } catch {
            return []
        }
    }()

    static func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: folder + file)))
    }

    static func read(_ file: String) throws -> ImportedResult {
        try ResultReader.read(try bytes(file), file: file)
    }

    private func series(_ file: String, _ metric: String, _ benchmark: String? = nil) throws -> MetricSeries {
        try #require(
            Self.read(file).result.series.first {
                $0.metric == metric && (benchmark == nil || $0.id.text == benchmark)
            },
            "\(file): \(metric)")
    }

    @Test("the registry names every adapter of the folder, with distinct ids (mend: ci/generate)")
    func registry() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let names = try FileManager.default.contentsOfDirectory(atPath: "/\(root)/Sources/PerfBaselines/Adapters")
            .filter { $0.hasSuffix(".swift") }.map { String($0.dropLast(".swift".count)) }.sorted()
        #expect(ResultAdapters.all.map { "\($0)" } == names, "ci/generate")
        #expect(Set(ResultAdapters.all.map { $0.id }).count == names.count)
        #expect(ResultAdapters.all.allSatisfy { !$0.explanation.isEmpty })
    }

    @Test("each file is known by its contents to one adapter alone, and each adapter knows a file")
    func recognition() throws {
        var seen: Set<String> = []
        for file in Self.files {
            let source = ResultSource(try Self.bytes(file), file: "-")
            let known = ResultAdapters.all.filter { $0.recognizes(source) }.map { $0.id }
            #expect(known.count == 1, "\(file): \(known)")
            seen.formUnion(known)
        }
        #expect(seen == Set(ResultAdapters.all.map { $0.id }))
    }

    @Test("what is read is a valid benchmark document", arguments: files)
    func roundTrip(file: String) throws {
        let imported = try Self.read(file)
        let bytes = try BenchmarkDocument.encoded(imported.result)
        #expect(try BenchmarkDocument.parsed(bytes, file: file) == imported.result)
        #expect(
            imported.result.provenance?.importedFrom == (file == "perfdoctor-benchmark.json" ? nil : imported.adapter))
    }

    @Test("units are nanoseconds, bytes, one a second, ratios and counts", arguments: files)
    func units(file: String) throws {
        for series in try Self.read(file).result.series {
            #expect(["ns", "bytes", "1/s", "ratio", "count"].contains(series.unit), "\(series.metric) \(series.unit)")
            if let metric = Metric.named(series.metric) {
                #expect(metric.unit == series.unit && metric.polarity == series.polarity, "\(series.metric)")
            }
        }
    }

    @Test("hyperfine: times of each run in order, means of CPU time, memory, parameters, failures")
    func hyperfine() throws {
        let wall = try series("hyperfine.json", "wall_time")
        #expect(wall.id.text == "seq 1000[n=1000]" && wall.samples.count == 10)
        #expect(abs(wall.samples[1].value - 921_023) < 1e-6 && wall.samples[1].order == 1)
        let cpu = try series("hyperfine.json", "cpu_time")
        #expect(cpu.samples.isEmpty && cpu.summary?.count == 10 && cpu.isFigure)
        #expect(abs((cpu.summary?.mean ?? 0) - 725_500) < 1e-6)
        let without = try series("hyperfine-without-times.json", "wall_time")
        #expect(without.isFigure && without.summary?.count == 10 && without.summary?.median != nil)
        let memory = try Self.read("hyperfine-memory.json")
        #expect(memory.result.series.contains { $0.metric == "peak_rss" && $0.samples[0].value == 20_971_520 })
        #expect(memory.result.warnings.map(\.code) == ["failed_runs"])
    }

    @Test("hyperfine 2: CPU time and memory of each run, parameters with their values, failures")
    func hyperfine2() throws {
        let result = try Self.read("hyperfine-2.json").result
        #expect(Set(result.series.map(\.metric)) == ["wall_time", "cpu_time", "peak_rss"])
        #expect(result.series.count == 4 * 3 && result.series.allSatisfy { $0.samples.count == 8 })
        let id = "seq 1000[n=1000]"
        #expect(abs(try series("hyperfine-2.json", "wall_time", id).samples[1].value - 2_829_079) < 1e-6)
        #expect(abs(try series("hyperfine-2.json", "cpu_time", id).samples[1].value - 1_429_000) < 1e-6)
        #expect(try series("hyperfine-2.json", "peak_rss", id).samples[1].value == 3_092_480)
        #expect(result.warnings.map(\.code) == ["failed_runs", "failed_runs"])
        #expect(result.warnings[0].message.hasPrefix("2 of 8 runs"))
    }

    @Test("Google Benchmark: repetitions in order, units of time, rates, no aggregates")
    func googleBenchmark() throws {
        let result = try Self.read("google-benchmark.json").result
        #expect(Set(result.series.map(\.id.benchmark)).count == 3)
        let sort = try series("google-benchmark.json", "cpu_time", "BM_Sort/64/repeats:5")
        // Microseconds there.
        #expect(sort.samples.count == 5 && sort.samples.allSatisfy { $0.process == 0 && $0.value > 200 })
        #expect(try series("google-benchmark.json", "throughput").samples.count == 5)
        #expect(try series("google-benchmark.json", "bytes_per_second").unit == "1/s")
        #expect(result.startedAt != nil)
    }

    @Test("pytest-benchmark: rounds where they were saved, else figures; the commit")
    func pytest() throws {
        let wall = try series("pytest-benchmark.json", "wall_time", "test_sums.py::test_sum[100]")
        #expect(wall.samples.count == 12 && wall.innerIterations == 20)
        #expect(abs(wall.samples[0].value - 1223.8499) < 0.001)
        #expect(try Self.read("pytest-benchmark.json").result.subject.commit == "0a1b2c3d")
        let figure = try series("pytest-benchmark-stats.json", "wall_time")
        #expect(figure.samples.isEmpty && figure.summary?.count == 12)
    }

    @Test("criterion: a sample's time by its iterations; estimates are one figure")
    func criterion() throws {
        let sample = try ResultReader.read(
            try Self.bytes("criterion-sample.json"), file: "target/criterion/parse/new/sample.json")
        #expect(sample.result.series[0].samples.map(\.value) == [100, 110, 100])
        #expect(sample.result.series[0].id.text == "parse")
        // What criterion itself wrote, whose median of both is 48.52 µs.
        func written(_ file: String) throws -> MetricSeries {
            let imported = try ResultReader.read(
                try Self.bytes("criterion-0.3-\(file)"), file: "target/criterion/sort/new/\(file)")
            return try #require(imported.result.series.first { $0.id.text == "sort" })
        }
        let times = try written("sample.json").samples.map(\.value).sorted()
        #expect(times.count == 20 && abs((times[9] + times[10]) / 2 - 48_521) < 2, "\(times)")
        #expect(abs((try written("estimates.json").summary?.median ?? 0) - 48_521) < 2)
        let estimate = try series("criterion-estimates.json", "wall_time")
        #expect(estimate.summary?.median == 100 && estimate.summary?.count == 1 && estimate.isFigure)
    }

    @Test("k6: both summaries say the same, thresholds the right way up")
    func k6() throws {
        let (summary, export) = (try Self.read("k6-handle-summary.json"), try Self.read("k6-summary-export.json"))
        // The order is that of Go's maps, which is none.
        func sorted(_ result: ImportedResult) -> [MetricSeries] {
            result.result.series.sorted { ($0.id.text, $0.metric) < ($1.id.text, $1.metric) }
        }
        #expect(sorted(summary) == sorted(export))
        let objectives = [summary, export].map { $0.result.objectives.sorted { $0.expression < $1.expression } }
        #expect(objectives[0] == objectives[1])
        // p(95)<500; p(95)<0.001 of the checkout; rate<0.05 of failures.
        #expect(objectives[0].map(\.isMet) == [true, false, false])
        let latency = try series("k6-summary-export.json", "latency", "k6")
        #expect(latency.summary?.percentiles["p95"] == 46_359_989.5 && latency.summary?.count == 296)
        #expect(try series("k6-summary-export.json", "latency", "k6[scenario=checkout]").summary?.count == 1)
        // 20 of 296 failed.
        #expect(
            abs((try series("k6-summary-export.json", "success_rate").summary?.mean ?? 0) - 276.0 / 296) < 1e-12)
        #expect(try series("k6-handle-summary.json", "throughput").summary?.mean == 73.3906584080096)
    }

    @Test("Locust: milliseconds, rates, failures")
    func locust() throws {
        let latency = try series("locust_stats.csv", "latency", "GET /ok")
        #expect(latency.summary?.count == 327 && latency.summary?.percentiles["p99.9"] == 50e6)
        #expect(try series("locust_stats.csv", "success_rate", "GET /fail").summary?.mean == 0)
        #expect(try series("locust_stats.csv", "throughput", "Aggregated").summary?.mean == 74.08987648285503)
    }

    @Test("JMH: forks are processes, rates and times are told apart, NaN is unknown")
    func jmh() throws {
        let time = try series("jmh.json", "wall_time")
        #expect(
            time.samples.map(\.value) == [12_500, 12_250, 13_000, 12_750]
                && time.samples.map(\.process) == [0, 0, 1, 1])
        #expect(time.id.text == "example.Sort.sort[mode=avgt,size=100]" && time.warmup == 2)
        #expect(try series("jmh.json", "throughput").samples.map(\.value) == [80_500, 81_500])
        #expect(try series("jmh.json", "gc_alloc_rate_norm").unit == "bytes")
        #expect(try !Self.read("jmh.json").result.series.contains { $0.metric == "gc_time" })
    }

    @Test("go: each run a sample, processors a parameter, bytes and allocations")
    func go() throws {
        let sort = try series("go-bench.txt", "wall_time", "example.org/x/Sort[procs=2]")
        #expect(sort.samples.map(\.value) == [2115, 2057, 1960, 1899] && sort.innerIterations == 1000)
        #expect(try series("go-bench.txt", "allocated_bytes").samples.map(\.value) == [920, 920, 920, 920])
        #expect(try series("go-bench.txt", "bytes_per_second").samples.count == 4)
    }

    @Test("vegeta and oha: percentiles, what succeeded, rates")
    func loadGenerators() throws {
        #expect(try series("vegeta.json", "latency").summary?.percentiles["p99"] == 48e6)
        #expect(try series("vegeta.json", "success_rate").summary?.mean == 0.99)
        let latency = try series("oha.json", "latency")
        #expect(latency.summary?.count == 11_492 && abs((latency.summary?.percentiles["p99.9"] ?? 0) - 50.2e6) < 1)
        // 2 errors of the server and 4 of the connection; 8 were cut off by the end and did not fail.
        #expect(try series("oha.json", "success_rate").summary?.mean == 11_490.0 / 11_496)
    }

    @Test("the guide's load test: five jobs are too few for p95 and p99")
    func loadTest() throws {
        let result = try Self.read("run_load_test.json").result
        #expect(try result.evaluate("p95 < 500ms").isMet == nil)
        #expect(try result.evaluate("p99 < 1s").isMet == nil)
        #expect(try result.evaluate("p99 < 1s").comparisons[0].reason.contains("p99 needs 1000 observations"))
        #expect(try result.evaluate("success_rate >= 99.9%").isMet == true)
        #expect(try result.evaluate("throughput >= 0.4/s").isMet == true)
        #expect(try result.evaluate("throughput >= 1000/s").isMet == false)
        #expect(try result.evaluate("memory < 256MiB").isMet == false)
        #expect(result.series.filter { $0.kind == .sampled }.allSatisfy { $0.isFigure })
    }

    @Test("Swift tools: histograms as sparse pairs, repetitions taken out, what is not counted is not zero")
    func swiftTools() throws {
        let imported = try Self.read("ordo-one-baseline.json")
        let wall = try series("ordo-one-baseline.json", "wall_time", "Dates/now")
        #expect(wall.histogram == nil && wall.summary?.count == 100 && wall.innerIterations == 1000)
        #expect(wall.summary?.median == 20 && wall.summary?.maximum == 35.84)
        let mallocs = try series("ordo-one-baseline.json", "allocations", "Dates/now")
        #expect(mallocs.histogram?.counts == [LatencyHistogram.Bucket(value: 7, count: 100)])
        #expect(try series("ordo-one-baseline.json", "cache_misses").summary?.maximum == 2050)
        let throughput = try series("ordo-one-baseline.json", "throughput")
        #expect(throughput.polarity == .higherIsBetter && throughput.summary?.median == 49_984_000)
        #expect(imported.unmeasured.map(\.id) == ["Dates/now: system_calls"])
        // What the tool itself wrote: in its own tables the 50th percentile of these is 77 µs.
        let measured = try series("ordo-one-measured.json", "wall_time", "Mini/sort")
        #expect(measured.summary?.count == 200)
        #expect((75_500...77_500).contains(measured.summary?.median ?? 0), "\(measured.summary?.median ?? 0)")
        #expect(try series("ordo-one-measured.json", "throughput", "Mini/sort").polarity == .higherIsBetter)
        #expect(try series("Mini.sort.p90.json", "wall_time").summary?.percentiles == ["p90": 122_559])
        #expect(try series("ordo-one-smaller-is-better.json", "cpu_time").summary?.median == 0)
        let threshold = try series("Dates.now.p90.json", "wall_time")
        #expect(threshold.id.text == "Dates/now" && threshold.summary?.percentiles == ["p90": 20_000])
        #expect(try series("json-smaller-is-better.json", "wall_time").summary?.median == 20_000)
        let google = try series("swift-benchmark.json", "wall_time", "add string no capacity")
        // The deviation is a percentage of the median there, and nanoseconds in the column std_abs.
        #expect(google.summary?.count == 2000 && google.summary?.median == 13_580)
        #expect(abs((google.summary?.standardDeviation ?? 0) - 13_580 * 0.503_086_430_538_646_4) < 1e-6)
        let columns = try series("swift-benchmark-columns.json", "wall_time", "add string no capacity").summary
        #expect(columns?.count == 500 && columns?.percentiles.keys.sorted() == ["p95", "p99.9"])
        #expect(columns?.standardDeviation ?? 0 > 100 && columns?.maximum ?? 0 > columns?.median ?? 0)
    }

    @Test("documents of perfdoctor: a verdict, probes, a heap with and without leaks, a profile that only reports")
    func documents() throws {
        #expect(try Self.read("perfdoctor-diagnosis.json").result.diagnosis?.bottleneck == "lock")
        let probe = try Self.read("perfdoctor-probe.json")
        #expect(try probe.result.evaluate("tcp://db:5432: p95 < 1ms").isMet == true)
        #expect(try probe.result.evaluate("tcp://db:5432: p99 < 1ms").isMet == nil)
        #expect(
            probe.unmeasured.map(\.id) == [
                "probe: redis://cache:6379/0[method=ping]: latency", "probe: http://api/[method=get]",
            ])
        let heap = try Self.read("perfdoctor-heap.json")
        #expect(try heap.result.evaluate("leaks == 0").isMet == false)
        #expect(try heap.result.evaluate("leaks == 0").comparisons[0].channel == .leak)
        #expect(try heap.result.evaluate("server: allocations <= 12000").isMet == true)
        let look = try Self.read("perfdoctor-heap-snapshot.json")
        #expect(try look.result.evaluate("leaks == 0").isMet == false)
        #expect(Set(look.result.series.map(\.metric)) == ["live_blocks", "live_bytes", "leaks", "leaked_bytes"])
        #expect(look.unmeasured.contains { $0.id == "heap.allocations" })
        // Where not all could be seen, what was found counts, and nothing found says nothing.
        func read(_ text: String) throws -> ImportedResult {
            try ResultReader.read(Array(text.utf8), file: "heap.json")
        }
        let text = String(decoding: try Self.bytes("perfdoctor-heap.json"), as: UTF8.self)
        let partial = text.replacing(
            "\"types\"", with: #""unmeasured":[{"id":"heap.leaks","reason":"damaged","remedy":"mend"}],"types""#)
        #expect(try read(partial).result.evaluate("leaks == 0").isMet == false)
        let before = try #require(partial.split(separator: "\"leaks\": [").first)
        let none = try read(before + "\"leaks\": []}")
        #expect(!none.result.series.contains { $0.metric == "leaks" })
        #expect(none.unmeasured.map(\.id) == ["heap.leaks"])
        let blind = try Self.read("perfdoctor-heap-unsearched.json")
        let leaks = try blind.result.evaluate("leaks == 0", unmeasured: blind.unmeasured)
        #expect(leaks.isMet == nil && leaks.comparisons[0].verdict == .inconclusive)
        #expect(leaks.comparisons[0].reason.contains("reachability was not analysed"))
        #expect(try Self.read("perfdoctor-profile.json").result.series.allSatisfy { $0.isReportOnly })
    }

    @Test("became lock-bound is a regression; less is an improvement; low confidence decides nothing")
    func diagnosis() {
        func verdict(_ base: String, _ head: String, _ confidence: String = "high") -> GateResult.Verdict {
            DiagnosedBottleneck.comparison(
                head: DiagnosedBottleneck(bottleneck: head, confidence: confidence, summary: ""),
                base: DiagnosedBottleneck(bottleneck: base, confidence: "high", summary: "")
            ).verdict
        }
        #expect(verdict("cpu", "lock") == .fail && verdict("none", "mixed") == .fail)
        #expect(verdict("lock", "lock") == .pass && verdict("lock", "none") == .pass)
        #expect(verdict("cpu", "lock", "low") == .inconclusive && verdict("cpu", "mixed") == .inconclusive)
        #expect(DiagnosedBottleneck.comparison(head: nil, base: nil).verdict == .inconclusive)
    }

    @Test(
        "what is no result is refused, with the reason",
        arguments: [
            ("", "is empty"), ("hello", "no result of a known form"), ("{", "is not JSON: line 1, column 2"),
            ("{}", "no result of a known form"), (#"{"schema":"perfdoctor.sizing/1"}"#, "kind 'sizing'"),
            (#"{"schema":"perfdoctor.heap/2"}"#, "another version"),
            (#"{"schema":"perfdoctor.benchmark/2"}"#, "another version"),
            (
                #"{"results":[{"command":"a","median":1,"user":1,"system":1,"times":["x"]}]}"#,
                "results.0.times.0: a number"
            ),
            (#"{"results":[{"command":"a","median":1,"user":1,"system":1,"times":[-1]}]}"#, "below zero"),
            (#"{"results":[{"command":"a","median":1,"user":1,"system":1,"times":[NaN]}]}"#, "no finite number"),
            (#"{"results":[{"command":"a","median":1,"user":1,"system":1,"times":[1e999]}]}"#, "no finite number"),
            (
                #"{"results":[{"command":"a","measurements":[{"time_cpu":{"value":1,"unit":"hour"}}]}]}"#,
                "only 'second' is known"
            ),
            ("BenchmarkA 0 5 ns/op", "no number of iterations"), ("BenchmarkA 10 -5 ns/op", "no amount"),
            ("Type,Name,Request Count,Requests/s\nGET,/,5", "3 columns"),
            (#"{"iters":[1],"times":[]}"#, "0 times of 1"),
            (#"{"latencies":{"1e99th":1,"th":1},"requests":1,"success":"x"}"#, "success: a number is needed"),
        ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: ResultReadingError.self) { try ResultReader.read(Array(text.utf8), file: "r.json") }
        #expect(error?.summary.contains(reason) == true, "\(error?.summary ?? "")")
        #expect(error?.summary.hasPrefix("r.json ") == true && error?.remedy?.isEmpty == false)
    }

    @Test("any damage to a result is an error or a result, never a crash", arguments: files)
    func damage(file: String) throws {
        let bytes = try Self.bytes(file)
        var fixed: UInt64 = 0x5DEE_CE66
        func next(_ bound: Int) -> Int {
            fixed = fixed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(fixed >> 33) % max(1, bound)
        }
        let numbers = [
            "NaN", "-1", "1e308", "-0", "9223372036854775808", "1e-320", "null", "\"x\"", "[]", "{}", "1e999",
        ]
        // Large files take long: fewer of them say as much.
        for _ in 0..<(bytes.count > 20_000 ? 60 : 250) {
            var damaged = bytes
            for _ in 0...next(3) {
                switch next(4) {
                case 0: damaged[next(damaged.count)] = UInt8(next(256))
                case 1: damaged.removeSubrange(next(damaged.count)..<damaged.count)
                case 2:
                    // Another value in the place of a number.
                    let start = next(damaged.count)
                    guard let digit = damaged[start...].firstIndex(where: { (0x30...0x39).contains($0) }) else { break }
                    let end = damaged[digit...].firstIndex { !(0x30...0x39).contains($0) } ?? damaged.count
                    damaged.replaceSubrange(digit..<end, with: Array(numbers[next(numbers.count)].utf8))
                default: damaged.insert(contentsOf: damaged.prefix(next(400)), at: next(damaged.count + 1))
                }
                if damaged.isEmpty { damaged = [0x30] }
            }
            do {
                let imported = try ResultReader.read(damaged, file: file)
                for expression in ["p95 < 5ms", "throughput > 1/s", "leaks == 0", "cpu_time <= 1s"] {
                    _ = try imported.result.evaluate(expression)
                }
                for series in imported.result.series {
                    #expect(series.samples.allSatisfy { $0.value.isFinite && $0.value >= 0 })
                }
            } catch let error as any UserFacingError {
                #expect(!error.summary.isEmpty)
            }
        }
    }
}
