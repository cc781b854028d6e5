import PerfModel
import Synchronization

/// What all targets tell of key metrics, put up by their threads and read by a watcher.
///
/// The memory is bounded: a minute of answers of each target, and as many values of each metric as are shown.
package final class KeyMetricBoard: Sendable {
    /// Who tells something.
    package struct Source: Hashable, Sendable {
        package var url: String
        package var address: String

        package init(url: String, address: String) {
            self.url = url
            self.address = address
        }
    }

    private struct Entry {
        var reading: Availability<KeyReading>
        var at: UInt64
    }

    /// Answers of the last minute to one prober.
    private struct Answers {
        var latency: KeyMetric
        var countsErrors: Bool
        var all: [(at: UInt64, latency: UInt64?)] = []
        var failure: ProbeFailure?
    }

    private struct State {
        var entries: [Source: [KeyMetric: Entry]] = [:]
        var answers: [Source: Answers] = [:]
        var history: [KeyMetric: [Double?]] = [:]
        /// Sources in the order in which they came.
        var order: [Source] = []
    }

    private static let minute: UInt64 = 60_000_000_000
    private static let mostAnswers = 1200
    /// A reading that is older is none of now.
    private static let stale: UInt64 = 15_000_000_000

    private let state = Mutex(State())
    private let historyCount: Int

    /// - Parameter historyCount: values of each metric that are kept.
    package init(historyCount: Int) { self.historyCount = max(1, historyCount) }

    /// Says who will tell what.
    package func expect(_ metrics: [KeyMetric], from source: Source, at now: UInt64) {
        state.withLock { state in
            Self.know(source, &state)
            for metric in metrics where state.entries[source]?[metric] == nil {
                state.entries[source, default: [:]][metric] = Entry(
                    reading: .unavailable(reason: "it has not answered yet", remedy: nil), at: now)
            }
        }
    }

    /// Adds what a reader found.
    package func add(_ readings: [KeyMetric: Availability<KeyReading>], from source: Source, at now: UInt64) {
        state.withLock { state in
            Self.know(source, &state)
            for (metric, reading) in readings {
                state.entries[source, default: [:]][metric] = Entry(reading: reading, at: now)
            }
        }
    }

    /// Adds an answer of a prober, or that there is none.
    ///
    /// - Parameters:
    ///   - answer: nanoseconds.
    ///   - metric: what its latency tells.
    ///   - countsErrors: whether failures are the error rate.
    ///   - source: who was asked.
    ///   - now: nanoseconds of CLOCK_MONOTONIC.
    package func add(
        _ answer: Result<UInt64, ProbeFailure>, as metric: KeyMetric, countsErrors: Bool, from source: Source,
        at now: UInt64
    ) {
        state.withLock { state in
            Self.know(source, &state)
            var answers = state.answers[source] ?? Answers(latency: metric, countsErrors: countsErrors)
            switch answer {
            case .success(let latency): answers.all.append((now, latency))
            case .failure(let failure):
                answers.all.append((now, nil))
                answers.failure = failure
            }
            let first = answers.all.firstIndex { $0.at &+ Self.minute >= now } ?? answers.all.endIndex
            answers.all.removeFirst(max(first, answers.all.count - Self.mostAnswers))
            state.answers[source] = answers
        }
    }

    /// Forgets who tells nothing any more.
    package func forget(_ source: Source) {
        state.withLock { state in
            state.entries[source] = nil
            state.answers[source] = nil
            state.order.removeAll { $0 == source }
        }
    }

    private static func know(_ source: Source, _ state: inout State) {
        if !state.order.contains(source) { state.order.append(source) }
    }

    /// Takes a value of each metric for its line over time, and gives all of them.
    ///
    /// - Parameters:
    ///   - now: nanoseconds of CLOCK_MONOTONIC.
    ///   - host: what the host itself tells.
    ///   - span: nanoseconds since the last sample, over which means are taken.
    /// - Returns: all eight, in the order of the guide.
    package func sample(
        at now: UInt64, host: [KeyMetric: Availability<KeyReading>], span: UInt64
    ) -> [KeyMetricState] {
        state.withLock { state in
            var found: [KeyMetric: [(reading: Availability<KeyReading>, source: Source?)]] = [:]
            for (metric, reading) in host { found[metric, default: []].append((reading, nil)) }
            for source in state.order {
                for (metric, entry) in state.entries[source] ?? [:] {
                    found[metric, default: []].append((Self.fresh(entry, now), source))
                }
                guard let answers = state.answers[source] else { continue }
                for (metric, reading) in Self.readings(of: answers, now, span) {
                    found[metric, default: []].append((reading, source))
                }
            }
            let depth = Self.chosen(.queueDepth, found[.queueDepth] ?? []).reading.value?.main.value
            return KeyMetric.allCases.map { metric in
                let (reading, source) = Self.chosen(metric, found[metric] ?? [])
                let value = reading.value?.main.value
                var history = state.history[metric] ?? []
                history.append(value)
                history.removeFirst(max(0, history.count - historyCount))
                state.history[metric] = history
                var severity = value.flatMap { metric.severity(of: $0) }
                // Few jobs are done where few are to be done.
                if metric == .jobThroughput, depth.map({ $0 == 0 }) ?? true { severity = nil }
                return KeyMetricState(
                    metric: metric, reading: reading, source: source?.url, history: history, severity: severity)
            }
        }
    }

    /// The one that is shown: what a service tells of itself before what is measured from outside, of these the worst.
    private static func chosen(
        _ metric: KeyMetric, _ all: [(reading: Availability<KeyReading>, source: Source?)]
    ) -> (reading: Availability<KeyReading>, source: Source?) {
        let known = all.filter { $0.reading.value != nil }
        guard !known.isEmpty else {
            return all.first ?? (.unavailable(reason: "no target tells it", remedy: metric.remedy), nil)
        }
        if metric == .jobThroughput || metric == .queueDepth, known.count > 1 {
            let sum = known.reduce(0) { $0 + ($1.reading.value?.main.value ?? 0) }
            return (
                .available(
                    KeyReading(
                        KeyReading.Figure(known[0].reading.value?.main.name ?? "", sum),
                        note: "\(known.count) servers together")), nil
            )
        }
        func worse(_ one: KeyReading?, _ other: KeyReading?) -> Bool {
            (one?.main.value ?? 0) < (other?.main.value ?? 0)
        }
        let own = known.filter { $0.source?.url.hasPrefix("metrics+") ?? true }
        return (own.isEmpty ? known : own).max { worse($0.reading.value, $1.reading.value) } ?? known[0]
    }

    private static func fresh(_ entry: Entry, _ now: UInt64) -> Availability<KeyReading> {
        guard case .available = entry.reading, now > entry.at &+ stale else { return entry.reading }
        let seconds = Int64((now - entry.at) / 1_000_000_000)
        return .unavailable(reason: "it has said nothing for \(seconds) s", remedy: nil)
    }

    private static func readings(
        of answers: Answers, _ now: UInt64, _ span: UInt64
    ) -> [KeyMetric: Availability<KeyReading>] {
        var readings: [KeyMetric: Availability<KeyReading>] = [:]
        let minute = answers.all.filter { $0.at &+ Self.minute >= now }
        // A slow clock of windows has more answers, a fast one takes those of two seconds at least.
        let recent = minute.filter { $0.at &+ max(span, 2_000_000_000) >= now }.compactMap(\.latency)
        let sorted = minute.compactMap(\.latency).sorted()
        if recent.isEmpty {
            let why = answers.failure
            readings[answers.latency] = .unavailable(reason: why?.summary ?? "it does not answer", remedy: why?.remedy)
        } else {
            func rank(_ ratio: Double) -> Double {
                Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * ratio))]) / 1e9
            }
            let mean = recent.reduce(0.0) { $0 + Double($1) } / Double(recent.count) / 1e9
            var quantiles: [KeyReading.Figure] = [KeyReading.Figure("p50", rank(0.5))]
            if sorted.count >= 20 { quantiles.append(KeyReading.Figure("p95", rank(0.95))) }
            if sorted.count >= 100 { quantiles.append(KeyReading.Figure("p99", rank(0.99))) }
            if answers.latency == .apiLatency {
                let main = quantiles.remove(at: quantiles.count > 1 ? 1 : 0)
                readings[.apiLatency] = .available(KeyReading(main, quantiles, note: "asked from here, last minute"))
            } else {
                quantiles.append(KeyReading.Figure("max", rank(1)))
                readings[answers.latency] = .available(
                    KeyReading(KeyReading.Figure("avg", mean), quantiles.filter { $0.name != "p50" }))
            }
        }
        if answers.countsErrors, !minute.isEmpty {
            let failed = minute.count { $0.latency == nil }
            readings[.errorRate] = .available(
                KeyReading(
                    KeyReading.Figure("5xx or none", Double(failed) / Double(minute.count)),
                    note: "of \(minute.count) asked from here"))
        }
        return readings
    }
}
