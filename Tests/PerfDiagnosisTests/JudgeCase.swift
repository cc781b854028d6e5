import PerfDiagnosis
import PerfModel
import Testing

/// Evidence, and the verdict that it supports.
struct JudgeCase: CustomTestStringConvertible, Sendable {
    var name: String
    var evidence: DiagnosisEvidence
    var bottleneck: Verdict.Bottleneck
    var confidence: Verdict.Confidence
    /// A piece of the summary; empty for any.
    var summary: String

    var testDescription: String { name }

    init(
        _ name: String, _ evidence: DiagnosisEvidence, is bottleneck: Verdict.Bottleneck,
        _ confidence: Verdict.Confidence, says summary: String = ""
    ) {
        self.name = name
        self.evidence = evidence
        self.bottleneck = bottleneck
        self.confidence = confidence
        self.summary = summary
    }
}

extension DiagnosisEvidence {
    /// Evidence in which all checks were healthy that found nothing and were not blind.
    static func seen(
        _ budget: TimeBudget?, _ findings: [Finding] = [], blind: Set<String> = [], hidden: Double = 0,
        busy: Double? = 0.5, windows: Int = 3, scope: Scope = .host
    ) -> DiagnosisEvidence {
        let checks: [(String, Resource)] = [
            ("cpu.sat", .cpu), ("cpu.util", .cpu), ("mem.psi", .memory), ("mem.fault", .memory),
            ("mem.swap", .memory), ("disk.psi", .disk), ("disk.await", .disk), ("net.retrans", .network),
            ("lock.futex", .lock),
        ]
        let found = Set(findings.map(\.id))
        return DiagnosisEvidence(
            scope: scope, budget: budget, hiddenRatio: hidden, findings: findings,
            unmeasured: blind.sorted().map { Unmeasured(id: $0, reason: "the kernel does not tell", remedy: "") },
            healthy: checks.filter { !found.contains($0.0) && !blind.contains($0.0) }.map {
                Healthy(id: $0.0, resource: $0.1, evidence: [])
            },
            suspects: [
                .cpu: [
                    Suspect(
                        pid: 812, process: "service", tid: nil, thread: nil, share: 0.9, detail: "uses 1.9 CPUs")
                ]
            ],
            cpuBusy: busy, windowCount: windows, seconds: Double(windows) * 2)
    }

    /// The same of one process.
    static func ofProcess(
        _ budget: TimeBudget?, _ findings: [Finding] = [], hidden: Double = 0, busy: Double? = 0.5,
        ownPressure: Bool = false, peers: [PeerEvidence] = []
    ) -> DiagnosisEvidence {
        var evidence = DiagnosisEvidence.seen(
            budget, findings, hidden: hidden, busy: busy, scope: .process(pid: 812, name: "service"))
        evidence.hasOwnPressure = ownPressure
        evidence.peers = peers
        return evidence
    }
}

extension TimeBudget {
    /// Shares of the time of so many threads; what is left over is idle.
    init(
        threads: Double, onCPU: Double = 0, runnable: Double = 0, throttled: Double = 0,
        _ blocked: [WaitReason: Double] = [:]
    ) {
        self.init()
        self.threads = threads
        self.onCPU = onCPU
        self.runnable = runnable
        self.throttled = throttled
        self.blocked = blocked
        self.blocked[.idle] = max(0, 1 - onCPU - runnable - throttled - blocked.values.reduce(0, +))
    }
}

extension Finding {
    static func of(
        _ id: String, _ resource: Resource, _ family: EvidenceFamily, _ severity: Severity = .warning,
        benefit: Double? = nil, parent: String? = nil
    ) -> Finding {
        Finding(
            id: id, severity: severity, resource: resource, family: family, summary: "\(id) is bad",
            evidence: [Evidence("value", 1, "ratio")], parent: parent, benefit: benefit)
    }
}
