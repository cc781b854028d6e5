import PerfModel

extension BenchmarkResult {
    /// Results of a measurement as they are stored.
    ///
    /// What a program reports of itself takes the place of what was measured of its process, where both have the same
    /// name: the process includes its start and its calibration.
    ///
    /// - Parameters:
    ///   - arms: what was measured.
    ///   - suite: the name of their suite; empty for none.
    ///   - parameters: of each arm.
    ///   - versions: of each arm: a hash of what was run; nil where it is not known.
    package init(
        arms: [Measurement.Arm], suite: String, parameters: [[String: String]], versions: [String?]
    ) {
        var series: [MetricSeries] = []
        for (index, arm) in arms.enumerated() {
            series += Self.series(
                of: arm, suite: suite, parameters: index < parameters.count ? parameters[index] : [:],
                version: index < versions.count ? versions[index] : nil)
        }
        // A program may report under the name of another command; the first one stands.
        var seen: Set<String> = []
        self.init(series: series.filter { seen.insert("\($0.id.text)\u{0}\($0.metric)").inserted })
    }

    private static func series(
        of arm: Measurement.Arm, suite: String, parameters: [String: String], version: String?
    ) -> [MetricSeries] {
        var id = MetricSeries.ID(
            suite: suite, benchmark: arm.command.benchmark ?? arm.command.name, parameters: parameters)
        guard let start = arm.observations.first?.observation.startedAt else { return [] }
        func sample(_ process: Int, _ numbered: Measurement.Numbered, _ value: Double) -> MetricSeries.Sample {
            MetricSeries.Sample(
                process: process, order: numbered.order,
                time: Int64(clamping: numbered.observation.startedAt &- start), value: value)
        }
        var reported = reportedSeries(of: arm, id: id, version: version, sample: sample)
        // One benchmark of an executable may have parameters that only itself knows.
        let variants = Set(reported.map(\.id).filter { $0.benchmark == id.benchmark })
        if arm.command.benchmark != nil, variants.count == 1, let variant = variants.first { id = variant }
        var result: [MetricSeries] = []
        for name in Observation.metrics where !reported.contains(where: { $0.id == id && $0.metric == name }) {
            guard let metric = Metric.named(name) else { continue }
            let samples = arm.observations.enumerated().compactMap { process, numbered in
                numbered.observation.value(of: name).map { sample(process, numbered, $0) }
            }
            guard !samples.isEmpty else { continue }
            result.append(
                MetricSeries(
                    id: id, benchmarkVersion: version, metric: name, unit: metric.unit, polarity: metric.polarity,
                    kind: metric.kind,
                    clock: name == "cpu_time" ? "process_cpu" : name == "wall_time" ? "monotonic" : nil,
                    warmup: arm.warmup, innerIterations: arm.repetitions, samples: samples))
        }
        reported = reported.filter { arm.counters[$0.metric] == nil || $0.id != id }
        for (name, value) in arm.counters.sorted(by: { $0.key < $1.key }) {
            let metric = Metric.named(name)
            result.append(
                MetricSeries(
                    id: id, benchmarkVersion: version, metric: name, unit: metric?.unit ?? "count",
                    polarity: metric?.polarity ?? .lowerIsBetter, kind: .deterministic,
                    samples: [MetricSeries.Sample(process: 0, order: 0, value: value)]))
        }
        let order = Metric.all.map(\.name)
        return (result + reported).enumerated().sorted { one, other in
            let places = [one, other].map { order.firstIndex(of: $0.element.metric) ?? order.count }
            return (places[0], one.offset) < (places[1], other.offset)
        }.map(\.element)
    }

    /// One series for each metric that the program reported, over all runs.
    private static func reportedSeries(
        of arm: Measurement.Arm, id: MetricSeries.ID, version: String?,
        sample: (Int, Measurement.Numbered, Double) -> MetricSeries.Sample
    ) -> [MetricSeries] {
        var order: [String] = []
        var byKey: [String: MetricSeries] = [:]
        for (process, numbered) in arm.observations.enumerated() {
            for report in numbered.observation.reports.reports {
                var own = id
                if let benchmark = report.benchmark { own.benchmark = benchmark }
                own.parameters.merge(report.parameters) { _, new in new }
                let key = "\(own.text)\u{0}\(report.metric)"
                var series =
                    byKey[key]
                    ?? MetricSeries(
                        id: own, benchmarkVersion: version, metric: report.metric, unit: report.unit,
                        polarity: report.polarity, kind: report.kind, clock: report.clock, warmup: arm.warmup,
                        innerIterations: report.innerIterations)
                if byKey[key] == nil { order.append(key) }
                series.samples += report.values.map { sample(process, numbered, $0) }
                if let histogram = report.histogram {
                    series.histogram = series.histogram?.merged(with: histogram) ?? histogram
                }
                byKey[key] = series
            }
        }
        return order.compactMap { byKey[$0] }
    }
}

extension LatencyHistogram {
    /// Both together.
    package func merged(with other: LatencyHistogram) -> LatencyHistogram {
        var counts: [Int64: Int64] = [:]
        for bucket in self.counts + other.counts {
            let sum = (counts[bucket.value] ?? 0).addingReportingOverflow(bucket.count)
            counts[bucket.value] = sum.overflow ? .max : sum.partialValue
        }
        return LatencyHistogram(
            significantDigits: min(significantDigits, other.significantDigits), lowest: min(lowest, other.lowest),
            highest: max(highest, other.highest),
            counts: counts.sorted { $0.key < $1.key }.map { Bucket(value: $0.key, count: $0.value) })
    }
}
