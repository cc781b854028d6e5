import PerfModel

/// What speaks for one resource being the bottleneck.
struct Case {
    let resource: Resource
    /// Warnings and worse, the worst first.
    let findings: [Finding]
    /// Sources of evidence that agree and do not depend on each other.
    let families: Set<EvidenceFamily>
    /// The most that removing it can gain, 0...1.
    let share: Double

    /// Findings that are facts by themselves: what they count happens on sick hosts only.
    static let decisive: Set<String> = [
        "mem.oom", "net.listen", "disk.space", "net.conntrack", "fd.limit", "cpu.throttle", "cpu.steal", "cpu.softnet",
        "cpu.thermal", "disk.throttled", "lock.futex",
    ]

    var worst: Severity { findings.map(\.severity).max() ?? .info }
    var isDecisive: Bool { findings.contains { Self.decisive.contains($0.id) } }

    /// Whether it is enough for a verdict: sources that confirm each other, or a fact.
    var stands: Bool { families.count >= 2 || isDecisive }

    /// - Parameters:
    ///   - resource: which one.
    ///   - evidence: all of it.
    init(_ resource: Resource, _ evidence: DiagnosisEvidence) {
        self.resource = resource
        findings =
            evidence.findings
            .filter { $0.resource == resource && $0.severity >= .warning && !$0.isExplained(among: evidence.findings) }
            .sorted { ($0.severity, $0.benefit ?? 0, $1.id) > ($1.severity, $1.benefit ?? 0, $0.id) }
        var families = Set(findings.map(\.family))
        let part = evidence.budget.map { Self.activeShare(of: resource, in: $0) }
        if let budget = evidence.budget, let part, Self.supports(resource, part: part, budget) {
            families.insert(.timeBudget)
        }
        self.families = families
        share = max(part ?? 0, findings.compactMap(\.benefit).max() ?? 0)
    }

    /// What the resource takes of the time in which threads had something to do.
    static func activeShare(of resource: Resource, in budget: TimeBudget) -> Double {
        switch resource {
        case .cpu:
            // Running is work; waiting to run is the loss.
            budget.active > 0 ? (budget.runnable + budget.throttled) / budget.active : 0
        case .memory: budget.activeShare(of: .memory)
        case .disk: budget.activeShare(of: .disk)
        case .network: budget.activeShare(of: .network)
        case .database: budget.activeShare(of: .database)
        case .cache: budget.activeShare(of: .cache)
        case .lock: budget.activeShare(of: .lock)
        }
    }

    /// Whether what threads did confirms that the resource is short.
    private static func supports(_ resource: Resource, part: Double, _ budget: TimeBudget) -> Bool {
        // Less than a fifth of one thread is noise, whatever its shares.
        guard budget.active * budget.threads >= 0.2 else { return false }
        switch resource {
        case .cpu: return part >= 0.10 || budget.activeCPUShare >= 0.85
        case .memory: return part >= 0.10
        case .disk: return part >= 0.10
        case .lock: return part >= 0.30
        case .database, .cache: return part >= 0.30
        case .network: return part >= 0.50
        }
    }
}

extension Finding {
    /// Whether another finding causes it: a symptom is not counted beside its cause.
    func isExplained(among findings: [Finding]) -> Bool {
        guard let parent else { return false }
        return findings.contains { $0.id == parent && $0.resource != resource && $0.severity >= .warning }
    }
}
