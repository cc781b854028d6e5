/// One metric of one benchmark: its values in the order in which they were measured, or a histogram of them.
package struct MetricSeries: Hashable, Sendable, Codable {
    package struct ID: Hashable, Sendable, Codable {
        package var suite: String
        package var benchmark: String
        /// `["size": "1000"]`; the benchmark with other parameters is another one.
        package var parameters: [String: String]

        package init(suite: String, benchmark: String, parameters: [String: String] = [:]) {
            self.suite = suite
            self.benchmark = benchmark
            self.parameters = parameters
        }

        /// `"json/parse[size=1000]"`.
        package var text: String {
            let name = suite.isEmpty ? benchmark : "\(suite)/\(benchmark)"
            guard !parameters.isEmpty else { return name }
            return name + "["
                + parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",") + "]"
        }

        private enum CodingKeys: String, CodingKey {
            case suite, benchmark
            case parameters = "params"
        }
    }

    package enum Polarity: String, Sendable, Codable, CaseIterable {
        case lowerIsBetter = "lower_is_better"
        case higherIsBetter = "higher_is_better"
    }

    /// How a metric may be judged.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// The same in every run of the same program: gated exactly.
        case deterministic
        /// Differs from run to run: gated by statistics, on one machine class.
        case sampled
        /// A distribution within each run.
        case histogram
    }

    /// One observation.
    package struct Sample: Hashable, Sendable, Codable {
        /// Which process of this series, from 0.
        package var process: Int
        /// Position among all runs of the measurement, warm-up excluded, from 0; gaps are other arms' runs.
        package var order: Int
        /// Nanoseconds since the measurement began; nil where the source does not say.
        package var time: Int64?
        package var value: Double

        package init(process: Int, order: Int, time: Int64? = nil, value: Double) {
            self.process = process
            self.order = order
            self.time = time
            self.value = value
        }

        private enum CodingKeys: String, CodingKey {
            case process = "proc"
            case order
            case time = "t"
            case value
        }
    }

    /// What is known where single values are not: of a foreign report, or for people to read.
    package struct Summary: Hashable, Sendable, Codable {
        /// Observations that it rests on; 1 for a single figure of a foreign report.
        package var count: Int
        package var mean: Double?
        package var standardDeviation: Double?
        package var minimum: Double?
        package var median: Double?
        package var maximum: Double?
        /// By name: `"p95"`, `"p99.9"`; only those with enough samples behind them.
        package var percentiles: [String: Double]

        package init(
            count: Int, mean: Double? = nil, standardDeviation: Double? = nil, minimum: Double? = nil,
            median: Double? = nil, maximum: Double? = nil, percentiles: [String: Double] = [:]
        ) {
            self.count = count
            self.mean = mean
            self.standardDeviation = standardDeviation
            self.minimum = minimum
            self.median = median
            self.maximum = maximum
            self.percentiles = percentiles
        }

        private enum CodingKeys: String, CodingKey {
            case count = "n"
            case mean, median, percentiles
            case standardDeviation = "stddev"
            case minimum = "min"
            case maximum = "max"
        }
    }

    package var id: ID
    /// Hash of the benchmark's source or command; other versions do not compare, and nil is unknown.
    package var benchmarkVersion: String?
    /// `"cpu_time"`; ``Metric`` knows the usual ones.
    package var metric: String
    /// `"ns"`, `"bytes"`, `"count"`, `"ratio"`, `"1/s"`.
    package var unit: String
    package var polarity: Polarity
    package var kind: Kind
    /// What a time was read from: `"process_cpu"`, `"monotonic"`; nil for what is no time.
    package var clock: String?
    /// Runs that were thrown away before the first sample.
    package var warmup: Int
    /// How often each process repeated the work; values are per repetition.
    package var innerIterations: Int
    /// In the order in which they were measured: sorting would hide that neighbours are alike.
    package var samples: [Sample]
    package var histogram: LatencyHistogram?
    package var summary: Summary?

    package init(
        id: ID, benchmarkVersion: String? = nil, metric: String, unit: String,
        polarity: Polarity = .lowerIsBetter, kind: Kind, clock: String? = nil, warmup: Int = 0,
        innerIterations: Int = 1, samples: [Sample] = [], histogram: LatencyHistogram? = nil, summary: Summary? = nil
    ) {
        self.id = id
        self.benchmarkVersion = benchmarkVersion
        self.metric = metric
        self.unit = unit
        self.polarity = polarity
        self.kind = kind
        self.clock = clock
        self.warmup = warmup
        self.innerIterations = innerIterations
        self.samples = samples
        self.histogram = histogram
        self.summary = summary
    }

    private enum CodingKeys: String, CodingKey {
        case id, metric, unit, polarity, kind, clock, warmup, samples, summary
        case benchmarkVersion = "benchmark_version"
        case innerIterations = "inner_iters"
        case histogram = "hdr"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(ID.self, forKey: .id)
        benchmarkVersion = try container.decodeIfPresent(String.self, forKey: .benchmarkVersion)
        metric = try container.decode(String.self, forKey: .metric)
        unit = try container.decode(String.self, forKey: .unit)
        polarity = try container.decodeIfPresent(Polarity.self, forKey: .polarity) ?? .lowerIsBetter
        kind = try container.decode(Kind.self, forKey: .kind)
        clock = try container.decodeIfPresent(String.self, forKey: .clock)
        warmup = try container.decodeIfPresent(Int.self, forKey: .warmup) ?? 0
        innerIterations = try container.decodeIfPresent(Int.self, forKey: .innerIterations) ?? 1
        samples = try container.decodeIfPresent([Sample].self, forKey: .samples) ?? []
        histogram = try container.decodeIfPresent(LatencyHistogram.self, forKey: .histogram)
        summary = try container.decodeIfPresent(Summary.self, forKey: .summary)
    }
}
