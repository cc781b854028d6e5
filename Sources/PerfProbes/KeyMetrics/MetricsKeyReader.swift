import PerfModel

/// Key metrics of what a service tells of itself.
final class MetricsKeyReader: KeyMetricReader {
    private let connect: (UInt64) throws(ProbeFailure) -> any MetricsFetcher
    private let address: String
    private let selection: MetricsSelection
    private var fetcher: (any MetricsFetcher)?
    private var observation: MetricsObservation
    /// What changed from scrape to scrape, over the last minute.
    private var steps: [Step] = []

    private struct Step {
        var at: UInt64
        /// By the name of the histogram; all label sets together.
        var histograms: [String: HistogramCounts]
        var answers: (all: Double, failed: Double)?
    }

    /// Observations that a 95th percentile takes.
    private static let enough = 20.0
    private static let spans: [UInt64] = [10_000_000_000, 60_000_000_000]

    let metrics: [KeyMetric] = [.apiLatency, .errorRate, .databaseTime]

    init(
        address: String, selection: MetricsSelection,
        connect: @escaping (UInt64) throws(ProbeFailure) -> any MetricsFetcher
    ) {
        self.address = address
        self.selection = selection
        self.connect = connect
        observation = MetricsObservation(address: address, selection: selection)
    }

    func read(before deadline: UInt64) throws(ProbeFailure) -> [KeyMetric: Availability<KeyReading>] {
        do throws(ProbeFailure) {
            let used: any MetricsFetcher
            if let fetcher { used = fetcher } else { used = try connect(deadline) }
            fetcher = used
            let answer = try used.fetch(before: deadline)
            do throws(ExpositionError) {
                take(try answer.scrape(selection))
            } catch { throw ProbeFailure(error, from: address) }
        } catch {
            if !error.isConnectionUsable { fetcher = nil }
            throw error
        }
        return [.apiLatency: api, .errorRate: errors, .databaseTime: database]
    }

    private func take(_ scrape: MetricsScrape) {
        guard let change = observation.add(scrape) else { return }
        var step = Step(at: scrape.takenAt, histograms: [:], answers: nil)
        for (name, sets) in change.histograms {
            let counts = sets.values.filter { !$0.bounds.isEmpty }
            if let first = counts.first { step.histograms[name] = counts.dropFirst().reduce(first) { $0.adding($1) } }
        }
        step.answers = MetricsObservation.answers(in: change.counters).map { ($0.all, $0.failed) }
        steps.append(step)
        steps.removeAll { $0.at &+ 60_000_000_000 < scrape.takenAt }
    }

    private func recent(_ span: UInt64) -> [Step] {
        guard let last = steps.last else { return [] }
        return steps.filter { $0.at &+ span > last.at }
    }

    /// A histogram of the shortest span that has enough in it.
    private func counts(
        _ role: MetricsSelection.Role, atLeast enough: Double
    ) -> Availability<(counts: HistogramCounts, wanted: MetricsSelection.Wanted)> {
        guard let wanted = selection.wanted.first(where: { $0.role == role }) else {
            return .unavailable(reason: "it is not read", remedy: nil)
        }
        if case .unavailable(let reason, let remedy) = observation.isComparable {
            return .unavailable(
                reason: observation.scrapes < 2 ? "it takes a second scrape" : reason, remedy: remedy)
        }
        var best: HistogramCounts?
        for span in Self.spans {
            let found = recent(span).compactMap { $0.histograms[wanted.name] }
            guard let first = found.first else { continue }
            let sum = found.dropFirst().reduce(first) { $0.adding($1) }
            best = sum
            if sum.total >= enough { break }
        }
        if let best, best.total > 0 { return .available((best, wanted)) }
        if case .unavailable(let reason, let remedy) = observation.presence(of: wanted) {
            return .unavailable(reason: reason, remedy: remedy)
        }
        return .unavailable(reason: "\(wanted.name) observed nothing in the last minute", remedy: nil)
    }

    private var api: Availability<KeyReading> {
        counts(.http, atLeast: Self.enough).flatMap { found in
            var figures = [(0.5, "p50"), (0.95, "p95"), (0.99, "p99")].compactMap { ratio, name in
                KeyReading.Figure(name, found.counts.quantile(ratio))
            }
            guard let index = figures.firstIndex(where: { $0.name == "p95" }) ?? figures.indices.first else {
                return .unavailable(reason: "\(found.wanted.name) has no buckets", remedy: nil)
            }
            let main = figures.remove(at: index)
            return .available(KeyReading(main, figures, note: found.wanted.name))
        }
    }

    private var database: Availability<KeyReading> {
        counts(.database, atLeast: 1).flatMap { found in
            guard let mean = found.counts.mean else {
                return .unavailable(reason: "\(found.wanted.name) has no sum", remedy: nil)
            }
            var others: [KeyReading.Figure] = []
            if let p95 = KeyReading.Figure("p95", found.counts.quantile(0.95)) { others.append(p95) }
            switch found.counts.largest {
            case .value(let bound): others.append(KeyReading.Figure("max", bound, .atMost))
            case .above(let bound): others.append(KeyReading.Figure("max", bound, .above))
            case .unknown: break
            }
            return .available(KeyReading(KeyReading.Figure("avg", mean), others, note: found.wanted.name))
        }
    }

    private var errors: Availability<KeyReading> {
        if case .unavailable(let reason, let remedy) = observation.isComparable {
            return .unavailable(
                reason: observation.scrapes < 2 ? "it takes a second scrape" : reason, remedy: remedy)
        }
        guard MetricsObservation.answers(in: observation.counters) != nil else {
            return .unavailable(
                reason: "the service counts no HTTP answers by their status",
                remedy: "count them: http_requests_total with a label status; or give http://…")
        }
        var sum = (all: 0.0, failed: 0.0)
        for span in Self.spans {
            sum = recent(span).compactMap(\.answers).reduce((0, 0)) { ($0.0 + $1.all, $0.1 + $1.failed) }
            if sum.all >= Self.enough { break }
        }
        guard sum.all > 0 else {
            return .unavailable(reason: "nobody asked the service in the last minute", remedy: nil)
        }
        return .available(
            KeyReading(
                KeyReading.Figure("5xx", sum.failed / sum.all), note: "of \(MetricsWords.count(sum.all)) answers"))
    }
}
