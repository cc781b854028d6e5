import PerfModel

/// What was seen of a service's metrics between its first and its last scrape.
package struct MetricsObservation: Sendable {
    package var address: String
    package var selection: MetricsSelection
    package private(set) var scrapes = 0
    /// Of them, in how many counters were lower than in the one before.
    package private(set) var resets = 0
    /// What was observed in each histogram, by family and label set.
    package private(set) var histograms: [String: [MetricLabels: HistogramCounts]] = [:]
    /// How much counters rose.
    package private(set) var counters: [String: [MetricLabels: Double]] = [:]
    package private(set) var firstAt: UInt64?
    /// The newest scrape; nil where there was none.
    package private(set) var last: MetricsScrape?
    /// Why a scrape failed, the last one that did; nil where none did.
    package private(set) var failure: ProbeFailure?
    /// Scrapes that failed.
    package private(set) var failures = 0

    package init(address: String, selection: MetricsSelection) {
        self.address = address
        self.selection = selection
    }

    package mutating func fail(_ failure: ProbeFailure) {
        self.failure = failure
        failures += 1
    }

    /// Adds a scrape, and gives what changed since the one before.
    ///
    /// - Returns: nil for the first one.
    @discardableResult
    package mutating func add(_ scrape: MetricsScrape) -> Change? {
        scrapes += 1
        defer { last = scrape }
        guard let before = last else {
            firstAt = scrape.takenAt
            return nil
        }
        var change = Change(nanoseconds: scrape.takenAt &- min(before.takenAt, scrape.takenAt))
        // What a process has counted does not vanish while it lives.
        change.isReset =
            before.histograms.contains { name, sets in sets.keys.contains { scrape.histograms[name]?[$0] == nil } }
            || before.counters.contains { name, sets in sets.keys.contains { scrape.counters[name]?[$0] == nil } }
        for (name, sets) in scrape.histograms {
            for (labels, counts) in sets {
                let earlier = before.histograms[name]?[labels]
                if let earlier, counts.isReset(since: earlier) { change.isReset = true }
                let risen = counts.change(since: earlier)
                if risen.total > 0 { change.histograms[name, default: [:]][labels] = risen }
                let known = histograms[name]?[labels]
                histograms[name, default: [:]][labels] = known.map { $0.adding(risen) } ?? risen
            }
        }
        for (name, sets) in scrape.counters {
            for (labels, value) in sets {
                let earlier = before.counters[name]?[labels] ?? 0
                if value < earlier { change.isReset = true }
                let risen = value < earlier ? value : value - earlier
                change.counters[name, default: [:]][labels] = risen
                counters[name, default: [:]][labels, default: 0] += risen
            }
        }
        if change.isReset { resets += 1 }
        return change
    }

    /// What changed from one scrape to the next.
    package struct Change: Sendable {
        package var nanoseconds: UInt64
        package var isReset = false
        package var histograms: [String: [MetricLabels: HistogramCounts]] = [:]
        package var counters: [String: [MetricLabels: Double]] = [:]
    }

    /// Between the first and the last scrape; 0 where there is one.
    package var seconds: Double {
        guard let firstAt, let last, last.takenAt > firstAt else { return 0 }
        return Double(last.takenAt - firstAt) / 1e9
    }

    /// Whether differences can be taken: two scrapes of the same process.
    package var isComparable: Availability<Bool> {
        guard let last else {
            return .unavailable(reason: failure?.summary ?? "it was not scraped", remedy: failure?.remedy)
        }
        guard scrapes >= 2 else {
            let why = failure.map { ": \($0.summary)" } ?? ""
            return .unavailable(
                reason: "there is one scrape, and it takes two to tell what happens now\(why)",
                remedy: failure?.remedy ?? "ask for longer: -d 10")
        }
        guard resets < 2 || Double(resets) < 0.25 * Double(scrapes - 1) else {
            return .unavailable(
                reason:
                    "its counters went backwards in \(resets) of \(scrapes) scrapes: several processes answer there, "
                    + "each with counters of its own",
                remedy: "let one answer for all (the multiprocess mode of prometheus_client), or ask each")
        }
        guard !last.isCut else {
            return .unavailable(
                reason: "a metric has more than \(MetricsScrape.mostLabelSets) label sets, so that some were left out",
                remedy: "take labels such as ids and whole paths off the metric")
        }
        return .available(true)
    }

    // MARK: what it says

    /// The histogram of a family.
    package struct Family: Sendable {
        package var wanted: MetricsSelection.Wanted
        /// Label sets with observations, the most frequent first.
        package var sets: [(labels: MetricLabels, counts: HistogramCounts)]

        /// All label sets together; nil where nothing was observed.
        package var all: HistogramCounts? {
            guard let first = sets.first?.counts else { return nil }
            return sets.dropFirst().reduce(first) { $0.adding($1.counts) }
        }

        /// What a number of the metric is, for people.
        package func text(_ value: Double) -> String { MetricsWords.text(value, of: wanted.name) }
    }

    /// What a histogram observed meanwhile.
    package func family(_ wanted: MetricsSelection.Wanted) -> Availability<Family> {
        presence(of: wanted).flatMap { _ in isComparable }.flatMap { _ in
            let sets = (histograms[wanted.name] ?? [:]).filter { $0.value.total > 0 && !$0.value.bounds.isEmpty }
                .map { (labels: $0.key, counts: $0.value) }
                .sorted { ($0.counts.total, $1.labels.text) > ($1.counts.total, $0.labels.text) }
            guard !sets.isEmpty else {
                return .unavailable(
                    reason: "\(wanted.name) observed nothing meanwhile",
                    remedy: "ask for longer, or while it is used: -d 60")
            }
            return .available(Family(wanted: wanted, sets: sets))
        }
    }

    /// Whether the service has a histogram whose quantiles can be told.
    func presence(of wanted: MetricsSelection.Wanted) -> Availability<Bool> {
        guard let last else { return isComparable }
        guard let known = last.histograms[wanted.name] else {
            if last.summaries[wanted.name] != nil {
                return .unavailable(
                    reason: "\(wanted.name) is a summary: its quantiles are the server's own, of all its time or a "
                        + "window that it does not tell, and cannot be joined",
                    remedy: "make it a histogram")
            }
            return .unavailable(
                reason: "the service has no histogram \(wanted.name)",
                remedy: "another name is given after #: metrics+http://host/metrics#NAME")
        }
        guard !last.bucketless.contains(wanted.name) || known.values.contains(where: { !$0.bounds.isEmpty }) else {
            return .unavailable(
                reason: "\(wanted.name) has no bucket but +Inf: a native histogram, which text formats cannot carry",
                remedy: "give it classic buckets as well")
        }
        return .available(true)
    }

    /// Answers of HTTP and those of them with a status of 5xx; nil where nobody counts them by status.
    static func answers(
        in counters: [String: [MetricLabels: Double]]
    ) -> (metric: String, all: Double, failed: Double, worst: MetricLabels?)? {
        let known = counters.filter { CacheCounterName($0.key) == nil }
        // One metric: another one may count the same answers again.
        guard let name = known["http_requests_total"] != nil ? "http_requests_total" : known.keys.min(by: isLikelier)
        else { return nil }
        var (all, failed) = (0.0, 0.0)
        var worst: (labels: MetricLabels, count: Double)?
        for (labels, count) in known[name] ?? [:] {
            all += count
            guard let status = MetricsScrape.statusLabels.lazy.compactMap({ labels[$0] }).first, status.hasPrefix("5"),
                status.utf8.count == 3
            else { continue }
            failed += count
            if count > worst?.count ?? 0 { worst = (labels, count) }
        }
        return (name, all, failed, worst?.labels)
    }

    private static func isLikelier(_ one: String, _ other: String) -> Bool {
        func rank(_ name: String) -> (Int, String) {
            (name.hasPrefix("http") && name.hasSuffix("_total") ? 0 : name.hasSuffix("_total") ? 1 : 2, name)
        }
        return rank(one) < rank(other)
    }

    /// Hits and misses of a cache.
    struct Cache {
        /// `"cache"` of `cache_hits_total`.
        var name: String
        var labels: MetricLabels
        var hits: Double
        var misses: Double
        var missRatio: Double { hits + misses > 0 ? misses / (hits + misses) : 0 }
    }

    /// Caches that have counters of both, the most used first.
    static func caches(in counters: [String: [MetricLabels: Double]]) -> [Cache] {
        var found: [String: Cache] = [:]
        var sides: [String: Set<Bool>] = [:]
        for (name, sets) in counters {
            guard let part = CacheCounterName(name) else { continue }
            for (labels, count) in sets {
                let key = part.cache + labels.text
                sides[key, default: []].insert(part.isHit)
                var cache = found[key] ?? Cache(name: part.cache, labels: labels, hits: 0, misses: 0)
                if part.isHit { cache.hits += count } else { cache.misses += count }
                found[key] = cache
            }
        }
        return found.filter { sides[$0.key]?.count == 2 }.map(\.value)
            .sorted {
                ($0.hits + $0.misses, $1.name + $1.labels.text) > ($1.hits + $1.misses, $0.name + $0.labels.text)
            }
    }
}
