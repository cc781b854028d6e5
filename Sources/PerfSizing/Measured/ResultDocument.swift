/// The fields of result documents that sizes follow from, as the contract of the documents has them.
///
/// What is missing is nil; what has another type is an error.
struct ResultDocument: Decodable {
    struct Host: Decodable {
        var name: String?
        var cpuCount: Double?

        enum CodingKeys: String, CodingKey {
            case name
            case cpuCount = "cpu_count"
        }
    }

    struct Verdict: Decodable {
        var bottleneck: String?
    }

    struct TimeBudget: Decodable {
        var onCPU: Double?
        var runnable: Double?
        var throttled: Double?
        var blocked: [String: Double]?
        var threads: Double?

        enum CodingKeys: String, CodingKey {
            case onCPU = "on_cpu_ratio"
            case runnable = "runnable_ratio"
            case throttled = "throttled_ratio"
            case blocked, threads
        }
    }

    /// A value that may also be a text: evidence holds both.
    struct Evidence: Decodable {
        var name: String
        var number: Double?
        var unit: String?

        enum CodingKeys: String, CodingKey { case name, value, unit }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            unit = try container.decodeIfPresent(String.self, forKey: .unit)
            do {
                number = try container.decodeIfPresent(Double.self, forKey: .value)
            } catch DecodingError.typeMismatch {
                number = nil
            }
        }
    }

    struct Finding: Decodable {
        var id: String
        var evidence: [Evidence]?
    }

    struct Target: Decodable {
        var url: String
        var method: String?
        var latency: [String: Double?]?
        var throughput: Double?

        enum CodingKeys: String, CodingKey {
            case url, method
            case latency = "latency_ns"
            case throughput = "requests_per_second"
        }
    }

    struct BenchmarkResult: Decodable {
        struct ID: Decodable {
            var suite: String?
            var benchmark: String?
        }

        struct Sample: Decodable {
            var value: Double
        }

        struct Histogram: Decodable {
            var counts: [[Double]]
        }

        struct Summary: Decodable {
            var mean: Double?
            var median: Double?
            var p50: Double?
        }

        var id: ID
        var metric: String
        var unit: String?
        var samples: [Sample]?
        var histogram: Histogram?
        var summary: Summary?

        enum CodingKeys: String, CodingKey {
            case id, metric, unit, samples, summary
            case histogram = "hdr"
        }
    }

    var schema: String
    var host: Host?
    var verdict: Verdict?
    var timeBudget: TimeBudget?
    var findings: [Finding]?
    var targets: [Target]?
    var results: [BenchmarkResult]?

    enum CodingKeys: String, CodingKey {
        case schema, host, verdict, findings, targets, results
        case timeBudget = "time_budget"
    }
}
