import PerfModel
import PerfProbes

/// A target and its answers, as documents have them.
enum ProbeTargetValue {
    static func of(_ one: ProbeMeasurement) -> JSONValue {
        .object([
            "url": .string(one.url), "address": .string(one.address), "method": .string(one.method),
            "sent": .number(Double(one.sent)), "received": .number(Double(one.received)),
            "lost_ratio": .number(one.lost), "latency_ns": one.latency.map(latency) ?? .null,
            "phases_ns": phases(one.phases), "connecting_ns": phases(one.connecting),
            "connections": .number(Double(one.connections)), "verdict": .string(one.verdict.rawValue),
            "error": one.reason.map(JSONValue.string) ?? .null,
            "failures": .array(
                one.failures.map {
                    .object([
                        "kind": .string($0.failure.kind.rawValue), "count": .number(Double($0.count)),
                        "message": .string($0.failure.summary),
                        "remedy": $0.failure.remedy.map(JSONValue.string) ?? .null,
                    ])
                }),
            "lag_ns": one.lag.map(latency) ?? .null,
            "timeline": timeline(one.timeline), "histogram": histogram(one.recorder), "checks": checks(one.report),
            "facts": .object(
                Dictionary(one.report.facts.map { ($0.name, JSONValue.string($0.value)) }) { first, _ in first }),
        ])
    }

    private static func latency(_ summary: LatencySummary) -> JSONValue {
        func number(_ value: UInt64?) -> JSONValue { value.map { .number(Double($0)) } ?? .null }
        return .object([
            "min": number(summary.min), "mean": number(summary.mean), "max": number(summary.max),
            "p50": number(summary.p50), "p90": number(summary.p90), "p95": number(summary.p95),
            "p99": number(summary.p99), "p999": number(summary.p999), "jitter": number(summary.jitter),
        ])
    }

    private static func phases(_ phases: [ProbePhase]) -> JSONValue {
        .object(Dictionary(phases.map { ($0.name, JSONValue.number(Double($0.nanoseconds))) }) { first, _ in first })
    }

    private static func timeline(_ timeline: ProbeTimeline) -> JSONValue {
        .object([
            "width_ns": .number(Double(timeline.width)),
            "mean_ns": .array(timeline.slots.map { $0.mean.map { .number(Double($0)) } ?? .null }),
            "max_ns": .array(timeline.slots.map { $0.answered > 0 ? .number(Double($0.most)) : .null }),
            "answered": .array(timeline.slots.map { .number(Double($0.answered)) }),
            "lost": .array(timeline.slots.map { .number(Double($0.lost)) }),
        ])
    }

    /// All latencies with three significant digits, rising, and how many answers had each.
    private static func histogram(_ recorder: LatencyRecorder) -> JSONValue {
        let buckets = recorder.buckets
        return .object([
            "latency_ns": .array(buckets.map { .number(Double($0.latency)) }),
            "count": .array(buckets.map { .number(Double($0.count)) }),
        ])
    }

    /// What each check of this target's server came to: who compares two documents has to tell healthy from unseen.
    private static func checks(_ report: ServerReport) -> JSONValue {
        func check(_ id: String, _ outcome: String, _ subject: String = "") -> JSONValue {
            .object([
                "id": .string(id), "outcome": .string(outcome), "subject": subject.isEmpty ? .null : .string(subject),
            ])
        }
        return .array(
            report.findings.map { check($0.id, $0.severity.rawValue, $0.subject) }
                + report.healthy.map { check($0.id, "healthy") }
                + report.unmeasured.map { check($0.id, "unmeasured") })
    }
}
