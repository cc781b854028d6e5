import PerfBaselines
import PerfModel

/// A trend for programs: a document of the kind `trend`.
package enum TrendDocument {
    /// - Parameters:
    ///   - trend: of a baseline.
    ///   - host: that looked at it.
    ///   - time: when it did, in nanoseconds since 1970.
    /// - Returns: one line of JSON.
    /// - Throws: never for what a store gives.
    package static func encoded(
        _ trend: BaselineTrend, host: HostDescription, time: Int64
    ) throws(DocumentError) -> [UInt8] {
        try Document(
            kind: "trend", host: host, startedAt: time, duration: nil, warnings: trend.warnings,
            body: JSONValue.object([
                "name": .string(trend.name), "class": .string(trend.machineClass),
                "versions": .number(Double(trend.versionCount)), "series": .array(trend.series.map(series)),
            ])
        ).encoded()
    }

    private static func series(_ series: BaselineTrend.Series) -> JSONValue {
        .object([
            "id": .object([
                "suite": .string(series.id.suite), "benchmark": .string(series.id.benchmark),
                "params": .object(series.id.parameters.mapValues { .string($0) }),
            ]),
            "metric": .string(series.metric), "unit": .string(series.unit),
            "polarity": .string(series.polarity.rawValue),
            "points": .array(
                series.points.map { point in
                    .object([
                        "value": .number(point.value), "n": .number(Double(point.count)),
                        "commit": text(point.commit),
                        "started_at": text(point.time.map(InternetTime.text(nanosecondsSince1970:))),
                    ])
                }),
            "changes": .array(
                series.changes.map { change in
                    .object([
                        "index": .number(Double(change.index)),
                        "commit": text(series.points[change.index].commit),
                        "before": .number(change.before), "after": .number(change.after),
                        "effect_ratio": change.ratio.map { .number($0) } ?? .null,
                        "probability": .number(change.probability), "worse": .boolean(change.isWorse),
                        "circumstances": .array(change.circumstances.map { .string($0) }),
                    ])
                }),
        ])
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
