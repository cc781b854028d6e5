import PerfBaselines
import PerfModel

/// For programs: the document of the kind `gate`.
package struct JSONGateFormat: GateFormat {
    package static let id = "json"
    package static let explanation = "for programs: a perfdoctor.gate/1 document"

    package static func bytes(of report: GateReport) throws -> [UInt8] {
        try Document(
            kind: "gate", host: report.machine, startedAt: report.startedAt, duration: report.duration,
            warnings: report.result.warnings, body: GateDocument(report)
        ).encoded()
    }
}

/// The fields of a gate's document.
private struct GateDocument: Encodable {
    let report: GateReport

    init(_ report: GateReport) { self.report = report }

    private enum Key: String, CodingKey {
        case verdict, summary, base, head, comparisons, cause, unmeasured
        case id, metric, unit, channel, baseline, ci, n, reason, gated, improved
        case effectRatio = "effect_ratio"
        case mdeRatio = "mde_ratio"
        case pairs, functions, types, counters, name, file, line, benchmark, layout
        case deltaRatio = "delta_ratio"
    }

    func encode(to encoder: any Encoder) throws {
        let result = report.result
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(result.verdict, forKey: .verdict)
        try container.encode(result.summary, forKey: .summary)
        try container.encode(report.base, forKey: .base)
        try container.encode(report.head, forKey: .head)
        var comparisons = container.nestedUnkeyedContainer(forKey: .comparisons)
        for one in result.comparisons {
            var entry = comparisons.nestedContainer(keyedBy: Key.self)
            try entry.encode(one.id, forKey: .id)
            try entry.encode(one.metric, forKey: .metric)
            try entry.encode(one.unit, forKey: .unit)
            try entry.encode(one.channel, forKey: .channel)
            try entry.encode(one.verdict, forKey: .verdict)
            try entry.encode(one.isGated, forKey: .gated)
            try entry.encode(one.isImproved, forKey: .improved)
            try entry.encode(Self.finite(one.baseline), forKey: .baseline)
            try entry.encode(Self.finite(one.head), forKey: .head)
            try entry.encode(Self.finite(one.effectRatio), forKey: .effectRatio)
            // A side that is open is null.
            try entry.encode(
                one.interval.map { [Self.finite($0.lowerBound), Self.finite($0.upperBound)] }, forKey: .ci)
            try entry.encode(one.count, forKey: .n)
            try entry.encode(Self.finite(one.detectableRatio), forKey: .mdeRatio)
            try entry.encode(one.reason, forKey: .reason)
        }
        var pairs = container.nestedUnkeyedContainer(forKey: .pairs)
        for one in report.pairs {
            var entry = pairs.nestedContainer(keyedBy: Key.self)
            try entry.encode(one.id, forKey: .id)
            try entry.encode(one.metric, forKey: .metric)
            try entry.encode(one.pairs.map { Self.finite($0.base) }, forKey: .base)
            try entry.encode(one.pairs.map { Self.finite($0.head) }, forKey: .head)
            // Of each pair, from 0.
            let layouts = one.pairs.compactMap(\.layout)
            if !layouts.isEmpty { try entry.encode(layouts, forKey: .layout) }
        }
        guard let cause = result.cause else {
            try container.encodeNil(forKey: .cause)
            return try container.encode(result.unmeasured, forKey: .unmeasured)
        }
        var nested = container.nestedContainer(keyedBy: Key.self, forKey: .cause)
        try Self.encode(cause.functions, to: &nested, .functions)
        try Self.encode(cause.types, to: &nested, .types)
        var counters = nested.nestedUnkeyedContainer(forKey: .counters)
        for counter in cause.counters {
            var entry = counters.nestedContainer(keyedBy: Key.self)
            try entry.encode(counter.name, forKey: .name)
            try entry.encode(counter.unit, forKey: .unit)
            try entry.encode(Self.finite(counter.baseline), forKey: .baseline)
            try entry.encode(Self.finite(counter.head), forKey: .head)
            try entry.encode(counter.benchmark, forKey: .benchmark)
        }
        try container.encode(result.unmeasured, forKey: .unmeasured)
    }

    private static func encode(
        _ parts: [GateResult.Cause.Part], to container: inout KeyedEncodingContainer<Key>, _ key: Key
    ) throws {
        var list = container.nestedUnkeyedContainer(forKey: key)
        for part in parts {
            var entry = list.nestedContainer(keyedBy: Key.self)
            try entry.encode(part.name, forKey: .name)
            try entry.encode(part.deltaRatio, forKey: .deltaRatio)
            try entry.encode(part.file, forKey: .file)
            try entry.encode(part.line, forKey: .line)
            try entry.encode(part.benchmark, forKey: .benchmark)
            try entry.encode(part.metric, forKey: .metric)
        }
    }

    private static func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
