import PerfModel
import PerfProbes

/// For programs: the document of kind `probe`.
package struct JSONProbeFormat: ProbeFormat {
    package static let id = "json"
    package static let explanation = "for programs: targets with latencies, phases and verdicts, findings"

    package static func bytes(of report: ProbeReport) throws -> [UInt8] {
        try Document(
            kind: "probe", host: report.host, startedAt: report.startedAt, duration: report.duration,
            warnings: report.warnings, body: ProbeDocument(report: report)
        ).encoded()
    }
}

/// The fields of a document of kind `probe`; they are a contract, more may be added.
private struct ProbeDocument: Encodable {
    let report: ProbeReport

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(json, forKey: .targets)
        try container.encode(report.findings, forKey: .findings)
        try container.encode(report.unmeasured, forKey: .unmeasured)
        try container.encode(
            JSONValue.object([
                "cpus": report.ownCPUs.map(JSONValue.number) ?? .null,
                "run_delay_ratio": report.runDelay.map(JSONValue.number) ?? .null,
                "rate_per_second": .number(report.rate),
            ]), forKey: .prober)
    }

    private enum CodingKeys: String, CodingKey {
        case targets, findings, unmeasured, prober
    }

    private var json: [JSONValue] {
        report.measurements.map(ProbeTargetValue.of)
            + report.unresolved.map { one in
                .object([
                    "url": .string(one.url), "address": .null, "method": .null, "sent": .number(0),
                    "received": .number(0), "lost_ratio": .number(0), "latency_ns": .null, "phases_ns": .object([:]),
                    "verdict": .string("failed"), "error": .string(one.failure.summary),
                ])
            }
    }
}
