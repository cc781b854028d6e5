import PerfModel

/// What a program reported of itself by the benchmark protocol: lines of JSON, see docs/benchmark-protocol.md.
package struct MetricReports: Hashable, Sendable {
    /// One value or histogram of one metric.
    package struct Report: Hashable, Sendable {
        /// Nil where the program has one benchmark without a name.
        package var benchmark: String?
        package var parameters: [String: String]
        package var metric: String
        package var unit: String
        package var polarity: MetricSeries.Polarity
        package var kind: MetricSeries.Kind
        package var clock: String?
        package var innerIterations: Int
        package var values: [Double]
        package var histogram: LatencyHistogram?
    }

    package var reports: [Report] = []
    /// Benchmarks that the program says it has, in its order.
    package var benchmarks: [String] = []
    /// What the program says went wrong.
    package var failures: [String] = []
    /// Lines that could not be read, with the reason.
    package var problems: [String] = []

    /// More lines than any program has a reason to print.
    private static let lineLimit = 100_000
    private static let problemLimit = 10

    package init() {}

    /// Reads what a program wrote.
    ///
    /// - Parameters:
    ///   - bytes: lines, from a program that may write anything.
    ///   - isMixed: whether other text may stand between: lines that are no objects are left out silently.
    package init(parsing bytes: [UInt8], isMixed: Bool = false) {
        var number = 0
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            guard number <= Self.lineLimit else {
                problems.append("more than \(Self.lineLimit) lines")
                return
            }
            guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
            if isMixed && first != UInt8(ascii: "{") { continue }
            do throws(ReadingProblem) {
                try add(JSONNode(try JSONValue.parsed(Array(line))))
            } catch {
                if problems.count < Self.problemLimit, !isMixed { problems.append("line \(number): \(error.text)") }
            }
        }
    }

    private mutating func add(_ node: JSONNode) throws(ReadingProblem) {
        guard node.isObject else { throw ReadingProblem(place: "", reason: "a line is an object: {\"metric\": …}") }
        let benchmark = try node["benchmark"].stringIfKnown()
        if node["error"].isPresent {
            let reason = try node["error"].string()
            failures.append(benchmark.map { "\($0): \(reason)" } ?? reason)
            return
        }
        guard node["metric"].isPresent else {
            guard let benchmark else { throw ReadingProblem(place: "", reason: "neither metric nor benchmark") }
            if !benchmarks.contains(benchmark) { benchmarks.append(benchmark) }
            return
        }
        let name = try node["metric"].string()
        guard !name.isEmpty else { throw ReadingProblem(place: "metric", reason: "it has no name") }
        let known = Metric.named(name)
        let histogram = node["hdr"].isPresent ? try Self.histogram(node["hdr"]) : nil
        var values: [Double] = []
        if node["value"].isArray {
            for element in try node["value"].elements() { values.append(try element.number()) }
        } else if histogram == nil {
            values = [try node["value"].number()]
        }
        var parameters: [String: String] = [:]
        if node["params"].isPresent {
            for (key, node) in try node["params"].members() {
                guard let word = node.word else { throw ReadingProblem(place: node.path, reason: "no text or number") }
                parameters[key] = word
            }
        }
        let iterations = try node["inner_iters"].countIfKnown() ?? 1
        guard iterations > 0 else { throw ReadingProblem(place: "inner_iters", reason: "it is 0") }
        reports.append(
            Report(
                benchmark: benchmark, parameters: parameters, metric: name,
                unit: try node["unit"].stringIfKnown() ?? known?.unit ?? "",
                polarity: try Self.choice(node["polarity"]) ?? known?.polarity ?? .lowerIsBetter,
                kind: histogram != nil
                    ? .histogram : try Self.choice(node["kind"]) ?? known.map { $0.kind } ?? .sampled,
                clock: try node["clock"].stringIfKnown(), innerIterations: iterations, values: values,
                histogram: histogram))
    }

    private static func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ node: JSONNode
    ) throws(ReadingProblem) -> Value? {
        guard let text = try node.stringIfKnown() else { return nil }
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map { $0.rawValue }.joined(separator: ", ")
            throw ReadingProblem(place: node.path, reason: "'\(text)' is none of \(known)")
        }
        return value
    }

    private static func histogram(_ node: JSONNode) throws(ReadingProblem) -> LatencyHistogram {
        var buckets: [Int64: Int64] = [:]
        for pair in try node["counts"].elements() {
            let parts = try pair.elements()
            guard parts.count == 2 else { throw ReadingProblem(place: pair.path, reason: "no pair [value, count]") }
            let count = try parts[1].count()
            if count > 0 { buckets[Int64(try parts[0].count()), default: 0] += Int64(count) }
        }
        let counts = buckets.sorted { $0.key < $1.key }.map { LatencyHistogram.Bucket(value: $0.key, count: $0.value) }
        let lowest = Int64(try node["lowest"].countIfKnown() ?? Int(counts.first?.value ?? 0))
        let highest = Int64(try node["highest"].countIfKnown() ?? Int(counts.last?.value ?? 0))
        let digits = try node["sig_digits"].countIfKnown() ?? 3
        guard (1...5).contains(digits) else { throw ReadingProblem(place: "hdr.sig_digits", reason: "not 1 to 5") }
        guard lowest <= highest else { throw ReadingProblem(place: "hdr", reason: "lowest is above highest") }
        return LatencyHistogram(significantDigits: digits, lowest: lowest, highest: highest, counts: counts)
    }
}
