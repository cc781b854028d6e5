import PerfModel

@testable import PerfBaselines

/// Results as they are stored.
enum StoredResults {
    static let day: Int64 = 86_400_000_000_000
    static let now: Int64 = 1_700_000_000_000_000_000

    static func machine(class machineClass: String = "x86_64-2cpu", fingerprint: String = "00") -> BenchmarkMachine {
        BenchmarkMachine(
            host: HostDescription(
                name: "host", os: "Debian", kernel: "6.1", architecture: "x86_64", cpuModel: "cpu", cpuCount: 2,
                memoryBytes: 24 << 30),
            machineClass: machineClass, fingerprint: fingerprint, virtualization: "kvm", hasPMU: false, container: nil)
    }

    static func series(
        _ metric: String, _ kind: MetricSeries.Kind, _ values: [Double], benchmark: String = "parse",
        polarity: MetricSeries.Polarity = .lowerIsBetter, version: String? = "v1"
    ) -> MetricSeries {
        MetricSeries(
            id: MetricSeries.ID(suite: "json", benchmark: benchmark), benchmarkVersion: version, metric: metric,
            unit: "ns", polarity: polarity, kind: kind,
            samples: values.enumerated().map {
                MetricSeries.Sample(process: $0.offset, order: $0.offset, value: $0.element)
            })
    }

    static func histogram(count: Int64, scale: Double = 1) -> MetricSeries {
        var series = series("latency", .histogram, [])
        series.histogram = LatencyHistogram(
            significantDigits: 3, lowest: 1, highest: 1_000_000,
            counts: (1...1000).map {
                LatencyHistogram.Bucket(value: Int64((Double($0 * 1000) * scale).rounded()), count: count / 1000)
            })
        return series
    }

    static func result(_ series: [MetricSeries], measuredNoise: Double? = nil) -> BenchmarkResult {
        BenchmarkResult(
            subject: BenchmarkSubject(buildConfiguration: "release", flags: ["-O"], swiftVersion: "6.3"),
            machine: machine(), series: series,
            noise: measuredNoise.map { BenchmarkResult.Noise(deviation: $0, runs: 30) }, startedAt: now - day)
    }

    static func compare(
        _ head: BenchmarkResult, _ baseline: BenchmarkResult, tolerances: [String: Double] = [:],
        usualDeviation: Double = BaselinePolicy.measuredDeviation
    ) -> BaselineComparison {
        BaselineComparison(
            head: head, baseline: baseline,
            policy: BaselinePolicy(counterTolerances: tolerances, usualDeviation: usualDeviation, now: now))
    }

    /// Around a typical value, by a percent to either side.
    static func values(_ typical: Double, count: Int = 20) -> [Double] {
        (0..<count).map { index in
            let place = Double((index * 7) % 11 - 5)
            return typical + typical * place / 500
        }
    }
}
