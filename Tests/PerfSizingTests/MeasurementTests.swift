import PerfModel
import Testing

@testable import PerfSizing

@Suite("Sizes from measurements") struct MeasurementTests {
    private func measurement(_ text: String) throws(MeasurementError) -> Measurement {
        try MeasurementReader.measurement(in: Array(text.utf8), file: "result.json")
    }

    private func error(_ text: String) -> MeasurementError? {
        do throws(MeasurementError) {
            _ = try measurement(text)
            return nil
        } catch {
            return error
        }
    }

    private func diagnosis(evidence: String, budget: String = "null", id: String = "rq.utilisation") -> String {
        """
        {"schema":"perfdoctor.diagnosis/1","host":{"name":"web1","cpu_count":8},"warnings":[],
        "verdict":{"bottleneck":"cpu","confidence":"high","summary":"","culprit":null},"time_budget":\(budget),
        "findings":[{"id":"\(id)","severity":"info","evidence":[\(evidence)],"parent":null}]}
        """
    }

    private static let rates =
        #"{"name":"throughput","value":42,"unit":"jobs/s"},{"name":"service_time","value":180,"unit":"ms"}"#

    private func sized(_ text: String, cpus: Double = 4, _ inputs: [SizingInput: Double] = [:]) throws -> Sizing {
        Sizing(
            inputs: try SizingInputs(inputs), cpus: EffectiveCPUs(count: cpus, origin: .option),
            measurements: [try measurement(text)])
    }

    @Test("shows the reasoning: rate × time / 0.8, and one worker per core where jobs only compute")
    func reasoning() throws {
        let budget =
            #"{"on_cpu_ratio":0.81,"runnable_ratio":0.1,"throttled_ratio":0,"blocked":{"idle":0.05,"unknown":0.04}}"#
        let sizing = try sized(diagnosis(evidence: Self.rates, budget: budget))
        let row = try #require(sizing.recommendations.first { $0.id == "measured_workers" })
        let reasoning = row.reasoning ?? ""
        #expect(reasoning.hasPrefix("λ = 42 jobs/s × 0.18 s / 0.8 = 9.45 → 10 workers"), "\(reasoning)")
        #expect(reasoning.contains("one worker per core is the limit"), "\(reasoning)")
        // Waits for a CPU and for work are no part of the work: all of the rest computed. CPU time is 81 of 91 parts.
        #expect(
            row.number("workers") == 10 && row.number("carried_workers") == 4
                && abs((row.number("cpus_needed") ?? 0) - 42 * 0.18 * 0.81 / 0.91 / 0.8) < 1e-9)
        #expect(sizing.warnings.contains { $0.code == "cpus_are_the_limit" })
        #expect(sizing.recommendations.filter { $0.resource == .workers && $0.isPreferred }.map(\.id) == [row.id])
    }

    @Test("has more workers than cores for jobs that wait, and connections for what waits in the database")
    func waiting() throws {
        let budget = #"{"on_cpu_ratio":0.25,"runnable_ratio":0,"blocked":{"database":0.5,"network":0.25}}"#
        let sizing = try sized(diagnosis(evidence: Self.rates, budget: budget))
        let row = try #require(sizing.recommendations.first { $0.id == "measured_workers" })
        #expect(
            row.number("carried_workers") == 16 && abs((row.number("cpus_needed") ?? 0) - 42 * 0.18 * 0.25 / 0.8) < 1e-9
        )
        #expect(!sizing.warnings.contains { $0.code == "cpus_are_the_limit" })
        // 42 × 0.18 × 0.5 / 0.8 = 4.7.
        let pool = try #require(sizing.recommendations.first { $0.id == "measured_connections" })
        #expect(pool.number("connections") == 5)
    }

    @Test("takes the rate of the command line instead of the measured one")
    func givenRate() throws {
        let sizing = try sized(diagnosis(evidence: Self.rates), [.jobsPerSecond: 84])
        let row = try #require(sizing.recommendations.first { $0.id == "measured_workers" })
        #expect(row.reasoning?.hasPrefix("λ = 84 jobs/s × 0.18 s / 0.8 = 18.9 → 19 workers") == true)
        #expect(row.reasoning?.contains("one worker per core, 4 on 4 CPUs (--cores), is the limit") == true)
        // The table's row for 84 jobs/s stands beside it.
        #expect(sizing.recommendations.contains { $0.id == "rq_worker_table" && !$0.isPreferred })
    }

    @Test("infers the service time from workers, how busy they are, and what they complete")
    func littlesLaw() throws {
        let evidence = #"""
            {"name":"jobs_per_second","value":20},{"name":"workers","value":8,"unit":"count"},
            {"name":"utilisation","value":50,"unit":"%"}
            """#
        let flow = try #require(try measurement(diagnosis(evidence: evidence)).flows.first)
        #expect(flow.work == .jobs && flow.rate == 20 && flow.serviceTime == 0.2)
    }

    @Test("prefers what arrives to what is completed, and service times to response times")
    func names() throws {
        let evidence = #"""
            {"name":"throughput","value":20,"unit":"requests/s"},{"name":"arrival_rate","value":30,"unit":"req/s"},
            {"name":"service_time_us","value":5000},{"name":"latency","value":1,"unit":"s"},
            {"name":"state","value":"text"},{"name":"rate","value":9,"unit":"MB/s"},{"name":"nothing","value":null}
            """#
        let flow = try #require(try measurement(diagnosis(evidence: evidence, id: "app")).flows.first)
        #expect(flow.work == .requests && flow.rate == 30 && flow.serviceTime == 0.005 && !flow.isResponseTime)
    }

    @Test(
        "reads rates and times in the units of findings",
        arguments: [
            (#"{"name":"jobs_per_second","value":42,"unit":"per_second"},{"name":"job_time","value":180,"unit":"milliseconds"}"#),
            (#"{"name":"throughput","value":42,"unit":"per_second"},{"name":"service_time_seconds","value":0.18,"unit":"seconds"}"#),
            (#"{"name":"rate","value":42,"unit":"1/s"},{"name":"mean_job_time_ms","value":180}"#),
        ])
    func units(evidence: String) throws {
        let flow = try #require(try measurement(diagnosis(evidence: evidence)).flows.first)
        #expect(flow.work == .jobs && flow.rate == 42 && abs((flow.serviceTime ?? 0) - 0.18) < 1e-12)
    }

    @Test("states the guide's CPU rule beside what is right")
    func rule() throws {
        let evidence = #"{"name":"workers","value":8,"unit":""},{"name":"worker_cpu_ratio","value":0.5,"unit":"ratio"}"#
        let sizing = try sized(diagnosis(evidence: evidence))
        let rule = try #require(sizing.recommendations.first { $0.id == "worker_cpu_rule" })
        #expect(rule.sizes.first?.text == "add workers" && rule.corrections.first?.corrected == "reduce")
    }

    @Test("sizes what CPUs carry from a time budget alone")
    func budgetAlone() throws {
        let budget =
            #"{"on_cpu_ratio":0.3,"runnable_ratio":0,"throttled_ratio":0,"blocked":{"network":0.3,"idle":0.4}}"#
        let text = #"{"schema":"perfdoctor.diagnosis/1","time_budget":\#(budget),"findings":[]}"#
        let sizing = try sized(text)
        #expect(sizing.recommendations.first { $0.id == "carried_workers" }?.number("carried_workers") == 8)
        #expect(sizing.summary == "Take at most 8 workers (measured).")
    }

    @Test("believes the verdict where a budget is of threads that wait for each other, and doubts it otherwise")
    func severalThreads() throws {
        let budget = #"{"on_cpu_ratio":0.1,"runnable_ratio":0,"blocked":{"lock":0.9},"threads":8}"#
        let bound = try sized(diagnosis(evidence: "", budget: budget))
        let row = try #require(bound.recommendations.first { $0.id == "carried_workers" })
        #expect(row.number("carried_workers") == 4)
        #expect(row.reasoning?.contains("as the verdict is CPU") == true)
        let other = try sized(diagnosis(evidence: "", budget: budget).replacing("\"cpu\"", with: "\"none\""))
        #expect(other.recommendations.first { $0.id == "carried_workers" }?.number("carried_workers") == 40)
        #expect(other.warnings.contains { $0.code == "budget_of_several_threads" && $0.message.contains("8 threads") })
        #expect(!bound.warnings.contains { $0.code == "budget_of_several_threads" })
    }

    @Test(
        "says that workers do not help where something else is the bottleneck", arguments: ["database", "lock", "disk"])
    func otherBottleneck(name: String) throws {
        let text = diagnosis(evidence: Self.rates).replacing("\"cpu\"", with: "\"\(name)\"")
        #expect(try sized(text).warnings.contains { $0.code == "other_bottleneck" && $0.message.contains(name) })
        #expect(try !sized(diagnosis(evidence: Self.rates)).warnings.contains { $0.code == "other_bottleneck" })
    }

    @Test("takes a probe's response time for a rate that is given, and hides credentials")
    func probe() throws {
        let text = """
            {"schema":"perfdoctor.probe/1","targets":[
            {"url":"https://me:secret@api.example/x@y","method":"GET","latency_ns":{"mean":50000000,"p99":null}},
            {"url":"redis://cache:6379/0","method":"PING","latency_ns":{"mean":100000}}]}
            """
        let sizing = try sized(text, [.requestsPerSecond: 160])
        let row = try #require(sizing.recommendations.first { $0.id == "measured_workers" })
        #expect(row.resource == .applicationServer && row.number("workers") == 10)
        #expect(row.title == "measured: https://api.example/x@y")
        #expect(row.notes.contains { $0.contains("fewer workers may do") })
        #expect(try sized(text).warnings.contains { $0.code == "no_rate" && $0.remedy == "add --rps N" })
        let redis = #"{"schema":"perfdoctor.probe/1","targets":[{"url":"redis://c/0","latency_ns":{"mean":1}}]}"#
        #expect(error(redis) == .nothingMeasured(file: "result.json", kind: "probe"))
    }

    @Test("takes rates and times of benchmarks: samples, histograms and summaries")
    func benchmark() throws {
        func result(_ metric: String, _ unit: String, _ values: String) -> String {
            """
            {"id":{"suite":"load","benchmark":"orders","params":{}},"metric":"\(metric)","unit":"\(unit)",\(values)}
            """
        }
        let forms = [
            #""samples":[{"proc":1,"order":0,"t":0,"value":100},{"value":300}]"#,
            #""hdr":{"sig_digits":3,"counts":[[100,3],[500,1]]}"#, #""summary":{"mean":200}"#,
        ]
        for form in forms {
            let results = [
                result("throughput", "requests/s", #""summary":{"mean":40}"#), result("latency", "ms", form),
            ]
            let flow = try #require(
                try measurement(#"{"schema":"perfdoctor.benchmark/1","results":[\#(results.joined(separator: ","))]}"#)
                    .flows.first)
            #expect(flow.name == "load/orders" && flow.rate == 40 && flow.serviceTime == 0.2 && flow.isResponseTime)
        }
    }

    @Test("adds up what several measurements ask for, and looks at no more than anybody reads")
    func several() throws {
        let finding = #"{"id":"rq.a","evidence":[\#(Self.rates)]}"#
        let many = Array(repeating: finding, count: 40).joined(separator: ",")
        let sizing = try sized(#"{"schema":"perfdoctor.diagnosis/1","findings":[\#(many)]}"#)
        #expect(sizing.recommendations.count { $0.id == "measured_workers" } == Measurement.flowLimit)
        #expect(sizing.warnings.contains { $0.code == "flows_left_out" && $0.message.contains("8 more") })
        #expect(sizing.warnings.contains { $0.code == "several_measurements" && $0.message.contains("320") })
    }

    @Test("says what is wrong with a document")
    func errors() {
        let file = "result.json"
        let empty = diagnosis(evidence: "")
        #expect(error(empty) == .nothingMeasured(file: file, kind: "diagnosis"))
        #expect(error(#"{"schema":"perfdoctor.profile/1"}"#) == .unknownKind(file: file, kind: "profile"))
        #expect(error(#"{"schema":"perfdoctor.gate/1"}"#) == .unknownKind(file: file, kind: "gate"))
        #expect(
            error(#"{"schema":"perfdoctor.diagnosis/2"}"#)
                == .unknownVersion(file: file, schema: "perfdoctor.diagnosis/2"))
        #expect(error("[1]") == .noSchema(file: file) && error(#"{"schema":"other/1"}"#) == .noSchema(file: file))
        #expect(error(#"{"schema":3}"#) == .noSchema(file: file) && error("{}") == .noSchema(file: file))
        for text in ["", "\u{1F}\u{8B}", "{", #"{"schema":"perfdoctor.diagnosis/1","#] {
            guard case .notJSON = error(text) else {
                Issue.record("\(text) is taken for JSON: \(String(describing: error(text)))")
                continue
            }
        }
        let malformed = error(#"{"schema":"perfdoctor.diagnosis/1","findings":[{"id":7}]}"#)
        guard case .malformed(_, _, let reason) = malformed else {
            Issue.record("\(String(describing: malformed))")
            return
        }
        #expect(reason.hasPrefix("findings.0.id:"), "\(reason)")
        #expect(malformed?.exitCode == .failure && malformed?.remedy != nil)
    }

    @Test("survives any damage to a document, and never sizes by what is no number")
    func fuzz() throws {
        let budget = #"{"on_cpu_ratio":0.25,"runnable_ratio":0,"blocked":{"database":0.5,"network":0.25}}"#
        let whole = Array(diagnosis(evidence: Self.rates, budget: budget).utf8)
        var state: UInt64 = 42
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(limit))
        }
        let pieces = ["-1", "0", "1e308", "1e-320", "9e99999", "null", "\"x\"", "[", "{}", "1e12"].map {
            Array($0.utf8)
        }
        var sizes = 0
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0...random(3) {
                let place = random(bytes.count)
                switch random(3) {
                case 0: bytes[place] = UInt8(random(256))
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random(8)))
                default:
                    // Numbers in place of numbers.
                    let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
                    guard !digits.isEmpty else { continue }
                    let digit = digits[random(digits.count)]
                    bytes.replaceSubrange(digit...digit, with: pieces[random(pieces.count)])
                }
                if bytes.isEmpty { break }
            }
            let measurement: Measurement
            do throws(MeasurementError) {
                measurement = try MeasurementReader.measurement(in: bytes, file: "f")
            } catch {
                continue
            }
            let sizing = Sizing(
                inputs: SizingInputs(), cpus: EffectiveCPUs(count: 2, origin: .option), measurements: [measurement])
            for size in sizing.recommendations.flatMap(\.sizes) {
                if let number = size.number { #expect(number.isFinite && number >= 0) }
            }
            sizes += 1
        }
        #expect(sizes > 100, "the fuzz damages everything: it tests nothing")
    }
}
