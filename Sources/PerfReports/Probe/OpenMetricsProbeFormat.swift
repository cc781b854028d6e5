import PerfModel
import PerfProbes

/// For Prometheus and what reads its texts: OpenMetrics 1.0.
///
/// Source: the OpenMetrics specification, sections 3 and 5.
package struct OpenMetricsProbeFormat: ProbeFormat {
    package static let id = "openmetrics"
    package static let explanation = "for Prometheus: latencies, answers and losses by target"

    package static func bytes(of report: ProbeReport) -> [UInt8] {
        var lines: [String] = []
        family("perfdoctor_probe_latency_seconds", "summary", "seconds", "Latency of answers.", &lines)
        for one in report.measurements {
            guard let latency = one.latency else { continue }
            for (ratio, value) in [
                ("0.5", latency.p50), ("0.9", latency.p90), ("0.95", latency.p95), ("0.99", latency.p99),
                ("0.999", latency.p999),
            ] {
                guard let value else { continue }
                let labels = labels(one, ["quantile": ratio])
                lines.append("perfdoctor_probe_latency_seconds\(labels) \(seconds(value))")
            }
            lines.append("perfdoctor_probe_latency_seconds_count\(labels(one)) \(latency.count)")
            let sum = Double(latency.mean) * Double(latency.count) / 1e9
            lines.append("perfdoctor_probe_latency_seconds_sum\(labels(one)) \(sum)")
        }
        family("perfdoctor_probe_latency_max_seconds", "gauge", "seconds", "Largest latency.", &lines)
        for one in report.measurements {
            guard let latency = one.latency else { continue }
            lines.append("perfdoctor_probe_latency_max_seconds\(labels(one)) \(seconds(latency.max))")
        }
        family("perfdoctor_probe_phase_seconds", "gauge", "seconds", "Median of a part of an answer.", &lines)
        for one in report.measurements {
            for phase in one.phases {
                lines.append(
                    "perfdoctor_probe_phase_seconds\(labels(one, ["phase": phase.name])) \(seconds(phase.nanoseconds))")
            }
        }
        family("perfdoctor_probe_sent", "gauge", nil, "Questions that were due.", &lines)
        for one in report.measurements { lines.append("perfdoctor_probe_sent\(labels(one)) \(one.sent)") }
        family("perfdoctor_probe_received", "gauge", nil, "Questions that were answered.", &lines)
        for one in report.measurements { lines.append("perfdoctor_probe_received\(labels(one)) \(one.received)") }
        family("perfdoctor_probe_up", "gauge", nil, "1 where the target is fine or slow, 0 where it failed.", &lines)
        for one in report.measurements where one.verdict != .invalid {
            lines.append("perfdoctor_probe_up\(labels(one)) \(one.verdict == .failed ? 0 : 1)")
        }
        for one in report.unresolved {
            lines.append("perfdoctor_probe_up{target=\"\(escaped(one.url))\"} 0")
        }
        family("perfdoctor_probe_finding", "gauge", nil, "1 for each finding of a check.", &lines)
        for one in report.measurements {
            for finding in one.report.findings {
                let more: KeyValuePairs = [
                    "check": finding.id, "severity": finding.severity.rawValue, "subject": finding.subject,
                ]
                lines.append("perfdoctor_probe_finding\(labels(one, more)) 1")
            }
        }
        return Array((lines.joined(separator: "\n") + "\n# EOF\n").utf8)
    }

    private static func family(
        _ name: String, _ type: String, _ unit: String?, _ help: String, _ lines: inout [String]
    ) {
        lines.append("# TYPE \(name) \(type)")
        if let unit { lines.append("# UNIT \(name) \(unit)") }
        lines.append("# HELP \(name) \(help)")
    }

    private static func labels(_ one: ProbeMeasurement, _ more: KeyValuePairs<String, String> = [:]) -> String {
        let own = [("target", one.url), ("address", one.address), ("method", one.method)]
        let all = own + more.map { ($0.key, $0.value) }
        return "{" + all.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String) -> String {
        // What drives a terminal is not let through: such texts are read on terminals as well.
        text.printable.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func seconds(_ nanoseconds: UInt64) -> String { "\(Double(nanoseconds) / 1e9)" }
}
