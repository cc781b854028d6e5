import PerfModel
import PerfProbes

/// A comparison of two probes for programs: a document of kind `diff`.
package enum JSONProbeDifference {
    package static func bytes(of comparison: ProbeComparison) throws -> [UInt8] {
        try Document(
            kind: "diff", host: nil, startedAt: nil, duration: nil,
            warnings: ProbeDifferenceWords.doubts(comparison), body: Body(comparison: comparison)
        ).encoded()
    }

    private struct Body: Encodable {
        let comparison: ProbeComparison

        private enum CodingKeys: String, CodingKey {
            case compares, verdict, headline, before, after, targets, unmatched
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("probe", forKey: .compares)
            try container.encode(ProbeDifferenceWords.verdict(comparison), forKey: .verdict)
            try container.encode(ProbeDifferenceWords.headline(comparison), forKey: .headline)
            try container.encode(side(comparison.before), forKey: .before)
            try container.encode(side(comparison.after), forKey: .after)
            try container.encode(comparison.targets.map(target), forKey: .targets)
            try container.encode(
                JSONValue.object([
                    "before": .array(comparison.onlyBefore.map { .string($0.url) }),
                    "after": .array(comparison.onlyAfter.map { .string($0.url) }),
                ]), forKey: .unmatched)
        }
    }

    private static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }

    private static func range(_ range: ClosedRange<Double>?) -> JSONValue {
        guard let range, range.lowerBound.isFinite, range.upperBound.isFinite else { return .null }
        return .array([.number(range.lowerBound), .number(range.upperBound)])
    }

    private static func side(_ record: ProbeRecord) -> JSONValue {
        .object([
            "source": .string(record.source), "started_at": text(record.startedAt), "host": text(record.host),
            "rate_per_second": record.rate.map(JSONValue.number) ?? .null,
        ])
    }

    private static func target(_ target: ProbeComparison.Target) -> JSONValue {
        .object([
            "url": .string(target.after.url), "method": text(target.after.method),
            "address_before": text(target.before.address), "address_after": text(target.after.address),
            "verdict_before": .string(target.before.verdict), "verdict_after": .string(target.after.verdict),
            "changed": .boolean(target.hasChanged), "incomparable": text(target.incomparable),
            "stopped": .boolean(target.stopped), "started": .boolean(target.started),
            "latency_ns": .array(target.quantiles.map(quantile)), "lost_ratio": target.loss.map(loss) ?? .null,
            "findings": target.checks.map { .array($0.map(check)) } ?? .null,
        ])
    }

    private static func quantile(_ quantile: ProbeComparison.Quantile) -> JSONValue {
        .object([
            "quantile": .number(quantile.ratio), "before": .number(quantile.before), "after": .number(quantile.after),
            "ratio": .number(quantile.change), "ci_before": range(quantile.intervalBefore),
            "ci_after": range(quantile.intervalAfter), "ratio_ci": range(quantile.changeInterval),
            "direction": .string(quantile.direction.rawValue),
            "significant": .boolean(quantile.direction != .none),
        ])
    }

    private static func loss(_ loss: ProbeComparison.Loss) -> JSONValue {
        .object([
            "before": .number(loss.before), "after": .number(loss.after), "delta": .number(loss.after - loss.before),
            "ci": range(loss.differenceInterval), "probability": .number(loss.probability),
            "significant": .boolean(loss.isSignificant),
        ])
    }

    private static func check(_ check: ProbeComparison.CheckChange) -> JSONValue {
        .object([
            "id": .string(check.id), "subject": check.subject.isEmpty ? .null : .string(check.subject),
            "change": .string(check.kind.rawValue), "before": text(check.before?.rawValue),
            "after": text(check.after?.rawValue),
        ])
    }
}
