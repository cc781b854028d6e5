import FoundationEssentials
import PerfModel

/// Benchmark results as a JSON document, read and written.
package enum BenchmarkDocument {
    package static let kind = "benchmark"
    private static let schema = "perfdoctor.benchmark/1"

    /// The document, as one line of JSON with sorted keys.
    ///
    /// - Parameter result: what was measured.
    /// - Returns: the bytes.
    /// - Throws: when a number is not finite, which is a mistake of this program.
    package static func encoded(_ result: BenchmarkResult) throws(DocumentError) -> [UInt8] {
        try Document(
            kind: kind, host: result.machine, startedAt: result.startedAt, duration: result.duration,
            warnings: result.warnings, body: Body(result)
        ).encoded()
    }

    /// The results of a document.
    ///
    /// - Parameters:
    ///   - bytes: of a file that anybody may have written.
    ///   - file: its name, for errors.
    /// - Returns: what it holds; every number is finite, and no count is negative.
    /// - Throws: what is wrong with it, and where.
    package static func parsed(
        _ bytes: [UInt8], file: String
    ) throws(BenchmarkDocumentError) -> BenchmarkResult {
        // The decoder ends the program on some bytes that are no text.
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw .notJSON(file: file, reason: "it is no text (UTF-8)")
        }
        let data = Data(bytes)
        let decoder = JSONDecoder()
        do {
            guard let schema = try decoder.decode(Schema.self, from: data).schema else { throw Refusal.noSchema }
            guard schema == Self.schema else { throw Refusal.schema(schema) }
        } catch Refusal.noSchema {
            throw .noSchema(file: file)
        } catch Refusal.schema(let schema) {
            throw .otherSchema(file: file, schema: schema)
        } catch {
            throw .notJSON(file: file, reason: reason(of: error))
        }
        let stored: Stored
        do { stored = try decoder.decode(Stored.self, from: data) } catch {
            throw .malformed(file: file, reason: reason(of: error))
        }
        let result = stored.result
        if let problem = problem(with: result) { throw .malformed(file: file, reason: problem) }
        return result
    }

    /// What is wrong with values that JSON allows; nil for nothing.
    private static func problem(with result: BenchmarkResult) -> String? {
        var seen: Set<String> = []
        for series in result.series {
            let name = "\(series.id.text.printable): \(series.metric.printable)"
            guard !series.metric.isEmpty, !series.id.benchmark.isEmpty else { return "a series without a name" }
            guard seen.insert("\(series.id.text)\u{0}\(series.metric)").inserted else { return "\(name) occurs twice" }
            guard series.warmup >= 0, series.innerIterations > 0 else {
                return "\(name): no run has a negative warm-up, or less than one iteration"
            }
            guard series.samples.allSatisfy({ $0.value.isFinite && $0.process >= 0 && $0.order >= 0 }) else {
                return "\(name): a sample that is no number, or has no place"
            }
            if let histogram = series.histogram {
                guard (1...5).contains(histogram.significantDigits), histogram.lowest >= 0,
                    histogram.highest >= histogram.lowest,
                    zip(histogram.counts, histogram.counts.dropFirst()).allSatisfy({ $0.value < $1.value })
                else { return "\(name): a histogram whose values do not rise, or are out of its bounds" }
            }
            if let summary = series.summary {
                guard summary.count >= 0 else { return "\(name): a summary of less than nothing" }
            }
        }
        return nil
    }

    private static func reason(of error: any Error) -> String {
        let context: DecodingError.Context? =
            switch error {
            case DecodingError.keyNotFound(_, let context), DecodingError.typeMismatch(_, let context),
                DecodingError.valueNotFound(_, let context), DecodingError.dataCorrupted(let context):
                context
            default: nil
            }
        guard let context else { return "\(error)" }
        var path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
        if case DecodingError.keyNotFound(let key, _) = error { path.append(key.stringValue) }
        let detail = context.underlyingError.map { "\($0)" } ?? context.debugDescription
        return path.isEmpty ? detail : "\(path.joined(separator: ".")): \(detail)"
    }

    private enum Refusal: Error {
        case noSchema
        case schema(String)
    }

    private struct Schema: Decodable {
        var schema: String?
    }

    private enum Key: String, CodingKey {
        case subject, environment, profile, results, slo, noise, provenance, host, warnings
        case startedAt = "started_at"
        case duration = "duration_ns"
    }

    private struct Body: Encodable {
        var result: BenchmarkResult

        init(_ result: BenchmarkResult) { self.result = result }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(result.subject, forKey: .subject)
            try container.encode(result.environment, forKey: .environment)
            try container.encode(result.profile, forKey: .profile)
            try container.encode(result.series, forKey: .results)
            try container.encode(result.objectives, forKey: .slo)
            try container.encode(result.noise, forKey: .noise)
            try container.encode(result.provenance, forKey: .provenance)
        }
    }

    private struct Stored: Decodable {
        var result: BenchmarkResult

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            result = BenchmarkResult(series: try container.decode([MetricSeries].self, forKey: .results))
            if let subject = try container.decodeIfPresent(BenchmarkSubject.self, forKey: .subject) {
                result.subject = subject
            }
            result.machine = try container.decodeIfPresent(BenchmarkMachine.self, forKey: .host)
            result.environment = try container.decodeIfPresent(BenchmarkEnvironment.self, forKey: .environment)
            result.profile = try container.decodeIfPresent(BenchmarkResult.Profile.self, forKey: .profile)
            result.objectives =
                try container.decodeIfPresent([BenchmarkResult.Objective].self, forKey: .slo) ?? []
            result.noise = try container.decodeIfPresent(BenchmarkResult.Noise.self, forKey: .noise)
            result.provenance = try container.decodeIfPresent(BenchmarkResult.Provenance.self, forKey: .provenance)
            result.startedAt = try container.decodeIfPresent(String.self, forKey: .startedAt).flatMap {
                InternetTime.nanosecondsSince1970(parsing: $0)
            }
            result.duration = try container.decodeIfPresent(Int64.self, forKey: .duration).map { .nanoseconds($0) }
            result.warnings = try container.decodeIfPresent([Warning].self, forKey: .warnings) ?? []
        }
    }
}
