import FoundationEssentials
import PerfModel

/// Turns result documents into measurements.
package enum MeasurementReader {
    private struct Schema: Decodable {
        var schema: String?
    }

    /// Reads one document.
    ///
    /// - Parameters:
    ///   - contents: JSON.
    ///   - file: as the user named it, for errors.
    /// - Returns: what it says about rates and times; more than nothing.
    /// - Throws: why no sizes follow from it.
    package static func measurement(in contents: [UInt8], file: String) throws(MeasurementError) -> Measurement {
        let kind = try kind(of: contents, file: file)
        let document: ResultDocument
        do {
            document = try JSONDecoder().decode(ResultDocument.self, from: Data(contents))
        } catch {
            throw .malformed(file: file, kind: kind, reason: Self.reason(error))
        }
        var measurement = Measurement(file: file, kind: kind)
        measurement.hostName = document.host?.name
        measurement.hostCPUs = document.host?.cpuCount.flatMap { positive($0, atMost: 8192) }
        measurement.bottleneck = document.verdict?.bottleneck
        if let budget = document.timeBudget { set(budget, in: &measurement) }
        let flows =
            (document.findings ?? []).compactMap(FlowReader.flow(of:))
            + (document.targets ?? []).compactMap(FlowReader.flow(of:)) + FlowReader.flows(of: document.results ?? [])
        measurement.flows = Array(flows.prefix(Measurement.flowLimit))
        measurement.leftOut = flows.count - measurement.flows.count
        guard !measurement.flows.isEmpty || measurement.computeRatio != nil else {
            throw .nothingMeasured(file: file, kind: kind)
        }
        return measurement
    }

    private static func kind(of contents: [UInt8], file: String) throws(MeasurementError) -> String {
        let schema: String?
        do {
            schema = try JSONDecoder().decode(Schema.self, from: Data(contents)).schema
        } catch DecodingError.typeMismatch {
            throw .noSchema(file: file)
        } catch {
            throw .notJSON(file: file, reason: contents.isEmpty ? "it is empty" : reason(error))
        }
        guard let schema, schema.hasPrefix("perfdoctor.") else { throw .noSchema(file: file) }
        let parts = schema.dropFirst("perfdoctor.".count).split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.first, MeasurementError.kinds.contains(String(name)) else {
            throw .unknownKind(file: file, kind: parts.first.map(String.init) ?? schema)
        }
        guard parts.count == 2, parts[1] == "1" else { throw .unknownVersion(file: file, schema: schema) }
        return String(name)
    }

    /// From this share of its time on, a worker is said to do nothing but compute (guide A: CPU-bound).
    static let computingRatio = 0.85

    /// Shares of the busy time: what is neither idle nor asleep nor unknown.
    private static func set(_ budget: ResultDocument.TimeBudget, in measurement: inout Measurement) {
        func ratio(_ value: Double?) -> Double { min(1, max(0, value ?? 0)) }
        let blocked = budget.blocked ?? [:]
        let computing = ratio(budget.onCPU)
        // As of a verdict: waits that nobody can tell are no part of the work.
        let busy = 1 - ["idle", "sleep", "unknown"].reduce(0) { $0 + ratio(blocked[$1]) }
        // A target that was idle throughout tells nothing about its work.
        guard budget.onCPU != nil, busy > 0.01 else { return }
        // A wait for a CPU is no part of the work: on more CPUs it goes.
        let served = busy - ratio(budget.runnable) - ratio(budget.throttled)
        guard served > 0 else { return }
        measurement.computeRatio = min(1, computing / served)
        measurement.threads = positive(budget.threads)
        if measurement.bottleneck == "cpu", (measurement.threads ?? 1) > 1.5, computing / served < computingRatio {
            measurement.computeRatio = 1
            measurement.isCPUBoundByVerdict = true
        }
        measurement.cpuWaitRatio = (busy - served) / busy
        measurement.databaseRatio = min(1, ratio(blocked["database"]) / busy)
    }

    /// A number that can be what it says it is.
    static func positive(_ value: Double?, atMost limit: Double = 1e12) -> Double? {
        guard let value, value.isFinite, value > 0, value <= limit else { return nil }
        return value
    }

    private static func reason(_ error: any Error) -> String {
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
        let place = path.joined(separator: ".")
        return place.isEmpty ? context.debugDescription : "\(place): \(context.debugDescription)"
    }
}
