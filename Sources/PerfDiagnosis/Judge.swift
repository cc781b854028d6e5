import PerfModel

/// Comes from evidence to a verdict; pure.
package enum Judge {
    /// The top two shares within this are one mixed verdict.
    private static let tie = 0.10

    /// The diagnosis that the evidence supports.
    ///
    /// - Parameter evidence: what was measured; no verdict rests on fewer than three windows, so that with fewer the
    ///   confidence is low.
    /// - Returns: the diagnosis, without the function that a profile would name.
    package static func diagnosis(of evidence: DiagnosisEvidence) -> Diagnosis {
        var evidence = evidence
        evidence.findings = related(evidence.findings)
        let cases = Resource.allCases.map { Case($0, evidence) }
        let standing = cases.filter(\.stands).sorted { $0.strength > $1.strength }
        let findings = evidence.findings.sorted {
            ($0.severity, $0.parent == nil ? 1 : 0, $0.benefit ?? 0, $1.id)
                > ($1.severity, $1.parent == nil ? 1 : 0, $1.benefit ?? 0, $0.id)
        }
        let words = VerdictWords(evidence)
        let verdict: Verdict
        var refutation = ""
        var counterfactual = ""
        var drillDown: DrillDownRequest?
        if let first = standing.first {
            let second = standing.dropFirst().first
            let confidence = confidence(in: first, evidence)
            if let second, isTie(first, second, evidence) {
                verdict = Verdict(
                    .mixed, min(confidence, .medium), summary: words.mixed(first, second),
                    culprit: words.culprit(of: first))
            } else {
                verdict = Verdict(
                    Verdict.Bottleneck(rawValue: first.resource.rawValue) ?? .mixed, confidence,
                    summary: words.summary(of: first), culprit: words.culprit(of: first))
            }
            refutation = words.refutation(of: first)
            counterfactual = words.counterfactual(of: first)
            drillDown = self.drillDown(into: first, evidence)
        } else {
            verdict = Verdict(.none, noneConfidence(evidence), summary: words.none(cases))
        }
        let accused = Set(standing.map(\.resource))
        return Diagnosis(
            verdict: verdict, budget: evidence.budget, findings: findings,
            exonerated: exonerated(evidence, accused: accused), unmeasured: evidence.unmeasured,
            peers: evidence.peers,
            refutation: refutation, counterfactual: counterfactual, drillDown: drillDown)
    }

    /// Names the causes of findings that follow from others.
    static func related(_ findings: [Finding]) -> [Finding] {
        func has(_ ids: String...) -> String? {
            ids.first { id in findings.contains { $0.id == id && $0.severity >= .warning } }
        }
        // A thrashing host reads what it has just thrown away: its disk waits and its system time follow from memory.
        let thrash = has("mem.psi") != nil ? has("mem.swap", "mem.fault", "mem.psi") : nil
        let throttle = has("cpu.throttle")
        return findings.map { finding in
            var finding = finding
            guard finding.parent == nil else { return finding }
            switch finding.id {
            case "disk.psi", "disk.await", "disk.queue", "disk.util", "disk.iowait", "disk.throttled":
                if let thrash { finding.parent = thrash }
            case "cpu.sat": finding.parent = throttle ?? has("cpu.steal")
            case "cpu.util" where throttle != nil: finding.parent = throttle
            default: break
            }
            if finding.parent == finding.id { finding.parent = nil }
            return finding
        }
    }

    private static func isTie(_ first: Case, _ second: Case, _ evidence: DiagnosisEvidence) -> Bool {
        guard first.families.count >= 2, second.families.count >= 2 else { return false }
        return abs(first.share - second.share) <= tie
            && (first.worst == second.worst || evidence.showsTimeOfProcess)
    }

    private static func confidence(in first: Case, _ evidence: DiagnosisEvidence) -> Verdict.Confidence {
        guard evidence.windowCount >= 3 else { return .low }
        var confidence: Verdict.Confidence =
            switch first.families.count {
            case 3...: .high
            case 2: .medium
            default: first.isDecisive || first.isClient ? .medium : .low
            }
        // A fact that a second source confirms is as good as three that only agree.
        if first.families.count == 2, first.isDecisive, first.worst == .critical { confidence = .high }
        if evidence.hiddenRatio > 0.5 || evidence.budget == nil { confidence = min(confidence, .medium) }
        return confidence
    }

    /// How sure it is that nothing is short: as sure as nothing was left unseen.
    private static func noneConfidence(_ evidence: DiagnosisEvidence) -> Verdict.Confidence {
        guard evidence.windowCount >= 3 else { return .low }
        let seen = Set(evidence.healthy.map(\.id)).union(evidence.findings.map(\.id))
        let needed: [Set<String>] = [
            ["cpu.sat", "cpu.util"], ["mem.psi", "mem.fault", "mem.swap"], ["disk.psi", "disk.await"],
        ]
        if needed.contains(where: { $0.isDisjoint(with: seen) }) { return .low }
        if !["cpu.sat", "mem.psi", "disk.psi"].allSatisfy(seen.contains) { return .medium }
        guard let budget = evidence.budget, evidence.hiddenRatio <= 0.5 else { return .medium }
        // It waits for others, and whether they are slow or have nothing to say was not seen.
        if evidence.showsTimeOfProcess, !budget.isNoise, budget.activeShare(of: .network) >= 0.5 { return .medium }
        // Something is not as it should be, only not enough of it.
        return evidence.findings.contains { $0.severity >= .warning } ? .medium : .high
    }

    private static func drillDown(into first: Case, _ evidence: DiagnosisEvidence) -> DrillDownRequest? {
        guard let suspect = first.suspect(in: evidence), suspect.pid > 0 else { return nil }
        let clock: DrillDownRequest.Clock =
            switch first.resource {
            case .cpu: .cpu
            case .memory: .offCPU(.memory)
            case .disk: .offCPU(.disk)
            case .network: .offCPU(.network)
            case .database: .offCPU(.database)
            case .cache: .offCPU(.cache)
            case .lock: .offCPU(.lock)
            }
        return DrillDownRequest(pid: suspect.pid, process: suspect.process, clock: clock)
    }

    /// Resources that were looked at and are fine: at least one check of each saw nothing, and none found anything.
    private static func exonerated(
        _ evidence: DiagnosisEvidence, accused: Set<Resource>
    ) -> [DiagnosisEvidence.Healthy] {
        let suspected = Set(evidence.findings.filter { $0.severity >= .warning }.map(\.resource))
        let decisive: [Resource: [String]] = [
            .cpu: ["cpu.sat", "cpu.util"], .memory: ["mem.psi"], .disk: ["disk.psi", "disk.await"],
            .network: ["net.retrans", "net.listen"], .lock: ["lock.futex"],
        ]
        return evidence.healthy.filter { healthy in
            !accused.contains(healthy.resource) && !suspected.contains(healthy.resource)
                && decisive[healthy.resource]?.contains(healthy.id) == true
        }
    }
}
