import PerfDiagnosis
import PerfHost
import PerfModel

/// For programs: the document of kind `diagnosis`.
package struct JSONDiagnosisFormat: DiagnosisFormat {
    package static let id = "json"
    package static let explanation = "for programs: verdict, time budget, findings with evidence, what was not seen"

    package static func bytes(of report: DiagnosisReport) throws -> [UInt8] {
        try Document(
            kind: "diagnosis", host: report.host, startedAt: report.startedAt == 0 ? nil : report.startedAt,
            duration: report.duration, warnings: report.warnings, body: DiagnosisDocument(report: report)
        ).encoded()
    }
}

/// The fields of a document of kind `diagnosis`; they are a contract, more may be added.
private struct DiagnosisDocument: Encodable {
    let report: DiagnosisReport

    private struct Exoneration: Encodable {
        var id: String
        var resource: Resource
        var evidence: [Evidence]
    }

    private struct Target: Encodable {
        var pid: Int32
        var process: String?
        var cgroup: String?
    }

    func encode(to encoder: any Encoder) throws {
        let diagnosis = report.diagnosis
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(diagnosis.verdict, forKey: .verdict)
        // Nobody could see what threads did: null, not zeros.
        try container.encode(diagnosis.budget, forKey: .budget)
        try container.encode(diagnosis.findings, forKey: .findings)
        try container.encode(diagnosis.exoneratedResources, forKey: .exonerated)
        try container.encode(
            diagnosis.exonerated.map { Exoneration(id: $0.id, resource: $0.resource, evidence: $0.evidence) },
            forKey: .exonerations)
        try container.encode(diagnosis.unmeasured, forKey: .unmeasured)
        try container.encode(diagnosis.peers, forKey: .peers)
        if !report.servers.isEmpty {
            try container.encode(report.servers.map(ProbeTargetValue.of), forKey: .targets)
        }
        if !report.keyMetrics.isEmpty {
            try container.encode(report.keyMetrics.map(KeyMetricValue.of), forKey: .keyMetrics)
        }
        try container.encode(diagnosis.refutation.isEmpty ? nil : diagnosis.refutation, forKey: .refutation)
        try container.encode(diagnosis.counterfactual.isEmpty ? nil : diagnosis.counterfactual, forKey: .counterfactual)
        try container.encode(report.observation.parts.count, forKey: .windows)
        let target = report.observation.target.map { pid in
            Target(
                pid: pid, process: report.observation.last.name(ofProcess: pid),
                cgroup: report.observation.last.cgroup.value?.path)
        }
        try container.encode(target, forKey: .target)
    }

    private enum CodingKeys: String, CodingKey {
        case verdict, findings, exonerated, exonerations, unmeasured, refutation, counterfactual, windows, target,
            peers, targets
        case budget = "time_budget"
        case keyMetrics = "key_metrics"
    }
}
