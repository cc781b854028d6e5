/// What one scrape of a service told of the metrics that are read.
package struct MetricsScrape: Sendable {
    /// Nanoseconds of CLOCK_MONOTONIC.
    package var takenAt: UInt64
    /// By family and label set.
    package private(set) var histograms: [String: [MetricLabels: HistogramCounts]] = [:]
    /// By family and label set, the quantile among the labels.
    package private(set) var summaries: [String: [MetricLabels: Double]] = [:]
    /// Families of type histogram that have no bucket but +Inf.
    package private(set) var bucketless: Set<String> = []
    /// By name of the sample and label set: those of ``isCounter(_:)``.
    package private(set) var counters: [String: [MetricLabels: Double]] = [:]
    /// Whether there were more label sets than are kept.
    package private(set) var isCut = false

    /// Of one family; a service that has more has a label that it should not have.
    package static let mostLabelSets = 2000

    /// - Parameters:
    ///   - bytes: the answer.
    ///   - syntax: by its content type.
    ///   - takenAt: nanoseconds of CLOCK_MONOTONIC.
    ///   - selection: what is read.
    /// - Throws: what is wrong with it.
    package init(
        _ bytes: [UInt8], syntax: ExpositionParser.Syntax, takenAt: UInt64, selection: MetricsSelection
    ) throws(ExpositionError) {
        self.takenAt = takenAt
        var parser = ExpositionParser(bytes, syntax: syntax)
        var parts: [String: [MetricLabels: Parts]] = [:]
        var types: [String: MetricType] = [:]
        let names = selection.wanted.map(\.name)
        while let line = try parser.next() {
            switch line {
            case .type(let name, let type):
                if names.contains(name) { types[name] = type }
            case .sample(let sample):
                if let name = names.first(where: { Self.isPart(sample.name, of: $0) }) {
                    add(sample, of: name, isHistogram: types[name] != .summary, to: &parts)
                }
                if Self.isCounter(sample) { addCounter(sample) }
            case .help, .unit, .end: break
            }
        }
        for (name, sets) in parts {
            for (labels, one) in sets {
                guard let counts = HistogramCounts(buckets: one.buckets, count: one.count, sum: one.sum) else {
                    continue
                }
                if counts.bounds.isEmpty { bucketless.insert(name) }
                histograms[name, default: [:]][labels] = counts
            }
        }
    }

    private struct Parts {
        var buckets: [(bound: Double, count: Double)] = []
        var count: Double?
        var sum: Double?
    }

    private static func isPart(_ sample: String, of family: String) -> Bool {
        guard sample.hasPrefix(family) else { return false }
        return switch sample.utf8.dropFirst(family.utf8.count).count {
        case 0: true
        default:
            sample.hasSuffix("_bucket") && sample.utf8.count == family.utf8.count + 7
                || sample.hasSuffix("_sum") && sample.utf8.count == family.utf8.count + 4
                || sample.hasSuffix("_count") && sample.utf8.count == family.utf8.count + 6
        }
    }

    private mutating func add(
        _ sample: MetricSample, of family: String, isHistogram: Bool, to parts: inout [String: [MetricLabels: Parts]]
    ) {
        if sample.labels["quantile"] != nil, sample.name == family {
            guard summaries[family, default: [:]].count < Self.mostLabelSets else {
                isCut = true
                return
            }
            summaries[family, default: [:]][sample.labels] = sample.value
            return
        }
        guard isHistogram, sample.name != family else { return }
        let labels = sample.labels.without("le")
        guard parts[family]?[labels] != nil || parts[family, default: [:]].count < Self.mostLabelSets else {
            isCut = true
            return
        }
        switch sample.name.utf8.count - family.utf8.count {
        case 7:
            guard let bound = sample.labels["le"].flatMap({ ExpositionCursor.number($0) }) else { return }
            parts[family, default: [:]][labels, default: Parts()].buckets.append((bound, sample.value))
        case 4: parts[family, default: [:]][labels, default: Parts()].sum = sample.value
        default: parts[family, default: [:]][labels, default: Parts()].count = sample.value
        }
    }

    /// Labels that tell how an HTTP request ended.
    static let statusLabels = [
        "status", "code", "status_code", "http_status", "http_response_status_code", "statuscode",
    ]

    /// Whether it counts hits or misses of a cache, or answers of HTTP by their status.
    static func isCounter(_ sample: MetricSample) -> Bool {
        let name = sample.name
        if CacheCounterName(name) != nil { return true }
        guard name.hasSuffix("_total") || name.hasSuffix("_count"), name.contains("http") || name.contains("request")
        else { return false }
        return statusLabels.contains { sample.labels[$0] != nil }
    }

    private mutating func addCounter(_ sample: MetricSample) {
        guard sample.value.isFinite, sample.value >= 0 else { return }
        guard counters[sample.name, default: [:]].count < Self.mostLabelSets else {
            isCut = true
            return
        }
        counters[sample.name, default: [:]][sample.labels] = sample.value
    }
}

/// The name of a counter of hits or misses.
struct CacheCounterName: Hashable, Sendable {
    /// Without what tells hits from misses: `"cache"` of `cache_hits_total`.
    var cache: String
    var isHit: Bool

    /// - Returns: nil for another metric.
    init?(_ name: String) {
        let plain = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        for (ending, isHit) in [("hits", true), ("hit", true), ("misses", false), ("miss", false)] {
            guard plain.hasSuffix("_\(ending)") else { continue }
            cache = String(plain.dropLast(ending.count + 1))
            self.isHit = isHit
            return
        }
        return nil
    }
}
