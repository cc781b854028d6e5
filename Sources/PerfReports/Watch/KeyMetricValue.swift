import PerfModel
import PerfProbes

/// A key metric as documents have it.
enum KeyMetricValue {
    static func of(_ state: KeyMetricState) -> JSONValue {
        let (metric, limits) = (state.metric, state.metric.limits)
        var fields: [String: JSONValue] = [
            "name": .string(metric.rawValue), "unit": .string(limits.unit), "state": .string(state.word),
            "source": state.source.map(JSONValue.string) ?? .null,
            "limits": .object([
                "warning": .number(limits.warning), "high": limits.critical.map(JSONValue.number) ?? .null,
                "is_less_worse": .boolean(metric.isLessWorse), "origin": .string(limits.origin),
            ]),
            "value": .null, "statistic": .null, "bound": .null, "figures": .array([]), "note": .null, "reason": .null,
            "remedy": .null,
        ]
        switch state.reading {
        case .available(let reading):
            fields["value"] = .number(reading.main.value)
            fields["statistic"] = reading.main.name.isEmpty ? .null : .string(reading.main.name)
            fields["bound"] = .string(reading.main.bound.rawValue)
            fields["note"] = reading.note.isEmpty ? .null : .string(reading.note)
            fields["figures"] = .array(
                reading.others.map {
                    .object([
                        "name": .string($0.name), "value": .number($0.value), "bound": .string($0.bound.rawValue),
                    ])
                })
        case .unavailable(let reason, let remedy):
            fields["reason"] = .string(reason)
            fields["remedy"] = remedy.map(JSONValue.string) ?? .null
        }
        return .object(fields)
    }
}
