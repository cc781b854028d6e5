import PerfModel
import Testing

@testable import PerfBaselines

@Suite("benchmark document")
struct BenchmarkDocumentTests {
    private static let result = BenchmarkResult(
        subject: BenchmarkSubject(commit: "abc", isDirty: false, flags: ["-O"]),
        machine: BenchmarkMachine(
            host: HostDescription(
                name: "host", os: "Debian", kernel: "6.1", architecture: "x86_64", cpuModel: "cpu", cpuCount: 2,
                memoryBytes: 24 << 30),
            machineClass: "x86_64-2cpu", fingerprint: "00ff", virtualization: "kvm", hasPMU: false,
            container: BenchmarkMachine.Container(cpuQuota: 1.5, memoryLimitBytes: nil)),
        environment: BenchmarkEnvironment(
            loadAverage: 0.5, pressure: BenchmarkEnvironment.Pressure(cpu: 0.1), addressRandomization: 2),
        profile: BenchmarkResult.Profile(name: "small", parameters: ["users": "10"], seed: 7),
        series: [
            MetricSeries(
                id: MetricSeries.ID(suite: "json", benchmark: "parse", parameters: ["size": "10"]),
                benchmarkVersion: "v1", metric: "cpu_time", unit: "ns", kind: .sampled, clock: "process_cpu", warmup: 2,
                innerIterations: 3,
                samples: [
                    MetricSeries.Sample(process: 0, order: 1, time: 12, value: 1.5),
                    MetricSeries.Sample(process: 1, order: 2, value: 2),
                ]),
            MetricSeries(
                id: MetricSeries.ID(suite: "", benchmark: "serve"), metric: "latency", unit: "ns", kind: .histogram,
                histogram: LatencyHistogram(
                    significantDigits: 3, lowest: 1000, highest: 1_000_000,
                    counts: [LatencyHistogram.Bucket(value: 1000, count: 4)]),
                summary: MetricSeries.Summary(count: 4, percentiles: ["p50": 1000])),
        ],
        objectives: [BenchmarkResult.Objective(expression: "p95 < 500ms", isMet: true)],
        noise: BenchmarkResult.Noise(deviation: 0.01, runs: 12),
        provenance: BenchmarkResult.Provenance(actor: "ci"), startedAt: 1_700_000_000_000_000_001,
        duration: .seconds(3), warnings: [Warning(code: "busy", message: "others ran", remedy: "wait")])

    @Test("what is written is read again, to the last field")
    func roundTrip() throws {
        let bytes = try BenchmarkDocument.encoded(Self.result)
        #expect(try BenchmarkDocument.parsed(bytes, file: "a.json") == Self.result)
        let text = String(decoding: bytes, as: UTF8.self)
        for part in [
            #""schema":"perfdoctor.benchmark/1""#, #""class":"x86_64-2cpu""#, #""mem_gib":24"#, #""vcpus":2"#,
            #""id":{"benchmark":"parse","params":{"size":"10"},"suite":"json"}"#, #""counts":[[1000,4]]"#,
            #""slo":[{"expr":"p95 < 500ms","ok":true}]"#, #""aa_sd":0.01"#, #""inner_iters":3"#,
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test(
        "what is no such document is refused, with the reason",
        arguments: [
            ("", "is not JSON"), ("[1]", "is not JSON"), ("{}", "no schema"),
            (#"{"schema":"perfdoctor.heap/1"}"#, "perfdoctor.heap/1"),
            (#"{"schema":"perfdoctor.benchmark/2"}"#, "perfdoctor.benchmark/2"),
            (#"{"schema":"perfdoctor.benchmark/1"}"#, "results"),
            (#"{"schema":"perfdoctor.benchmark/1","results":[{"metric":"x"}]}"#, "results.0.id"),
            (series(#""samples":[{"proc":-1,"order":0,"value":1}]"#), "a sample"),
            (series(#""inner_iters":0"#), "less than one iteration"),
            (series(#""hdr":{"sig_digits":3,"lowest":1,"highest":9,"counts":[[5,1],[5,1]]}"#), "do not rise"),
            (series(#""hdr":{"sig_digits":3,"lowest":1,"highest":9,"counts":[[5,-1]]}"#), "counts.0"),
            (series("").replacing("]}", with: ",\(one(""))]}"), "occurs twice"),
        ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: BenchmarkDocumentError.self) {
            try BenchmarkDocument.parsed(Array(text.utf8), file: "a.json")
        }
        #expect(error?.summary.contains(reason) == true, "\(error?.summary ?? "")")
        #expect(error?.summary.hasPrefix("a.json ") == true)
        #expect(error?.remedy != nil)
    }

    private static func one(_ more: String) -> String {
        #"{"id":{"suite":"s","benchmark":"b","params":{}},"metric":"m","unit":"ns","kind":"sampled""#
            + (more.isEmpty ? "" : ",\(more)") + "}"
    }

    private static func series(_ more: String) -> String {
        #"{"schema":"perfdoctor.benchmark/1","results":[\#(one(more))]}"#
    }

    @Test("any damage to a document is an error or a document, never a crash")
    func damage() throws {
        let bytes = try BenchmarkDocument.encoded(Self.result)
        var fixed: UInt64 = 0x5DEE_CE66
        func next(_ bound: Int) -> Int {
            fixed = fixed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(fixed >> 33) % bound
        }
        for _ in 0..<2000 {
            var damaged = bytes
            for _ in 0...next(4) {
                switch next(3) {
                case 0: damaged[next(damaged.count)] = UInt8(next(256))
                case 1: damaged.removeSubrange(next(damaged.count)..<damaged.count)
                default:
                    damaged.insert(contentsOf: damaged.prefix(next(damaged.count + 1)), at: next(damaged.count + 1))
                }
                if damaged.isEmpty { damaged = [0] }
            }
            switch Result(catching: { try BenchmarkDocument.parsed(damaged, file: "a.json") }) {
            case .success(let result): #expect(result.series.allSatisfy { $0.samples.allSatisfy(\.value.isFinite) })
            case .failure(let error): #expect(error is BenchmarkDocumentError)
            }
        }
    }
}
