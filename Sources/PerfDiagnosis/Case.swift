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
        "cpu.thermal", "disk.throttled", "lock.futex", "pg.conn", "pg.lock", "pgb.wait",
    ]

    /// Of those, facts about a server: a process that does not wait for it does not mind.
    static let decisiveOfServers: Set<String> = ["pg.conn", "pg.lock", "pgb.wait"]

    /// Of those, facts about the host that need not concern the process that is diagnosed.
    static let decisiveForHost: Set<String> = ["cpu.steal", "cpu.softnet", "cpu.thermal", "disk.throttled"]

    /// What is a fact about one process: a host has a thread somewhere that asks a database one thing after the other.
    static let decisiveForProcess: Set<String> = ["app.serial", "net.peer"]

    var worst: Severity { findings.map(\.severity).max() ?? .info }
    /// Whether one of the findings is a fact by itself.
    let isDecisive: Bool
    /// Whether it is enough for a verdict: sources that confirm each other, or a fact.
    let stands: Bool

    /// Whether its own time says by itself that it waits for nothing else: a client whose database answers late.
    let isClient: Bool

    /// How much speaks for it, beside other cases of the same evidence.
    let strength: Double

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
        // What is read again since memory could not hold it is time that memory takes.
        let alsoDisk =
            resource == .memory && evidence.findings.contains { $0.isDiskWaitOfMemory(among: evidence.findings) }
        let part = evidence.budget.map {
            Self.activeShare(of: resource, in: $0) + (alsoDisk ? Self.activeShare(of: .disk, in: $0) : 0)
        }
        let judgesByTime = evidence.showsTimeOfProcess
        // More CPUs, or less to compute, help a thread that runs all the time; others that run and do not wait are fine.
        let isSerial = findings.contains { $0.id == "cpu.core" }
        let isSupported =
            if let budget = evidence.budget, let part {
                Self.supports(resource, part: part, budget, runningCounts: !judgesByTime || isSerial)
            } else { false }
        if isSupported { families.insert(.timeBudget) }
        // One thread that always runs is no less at its limit for what other threads of a host wait for.
        if let budget = evidence.budget, isSerial, budget.onCPU * budget.threads >= 0.85 {
            families.insert(.timeBudget)
        }
        self.families = families
        isDecisive = findings.contains {
            Self.isDecisive($0, forProcess: judgesByTime)
                // One thread that waits for its peer is not the process, unless most of the others do so too.
                && (isSupported || resource != .network || !Self.decisiveForProcess.contains($0.id))
                && (isSupported || !judgesByTime || !Self.decisiveOfServers.contains($0.id))
        }
        guard judgesByTime, let budget = evidence.budget, let part else {
            // Of what stands still so long for a disk or for memory, nobody may say that it is fine.
            let isStalled = resource != .cpu && findings.contains { $0.family == .pressure && $0.severity == .critical }
            stands = families.count >= 2 || isDecisive || isStalled
            share = max(part ?? 0, findings.compactMap(\.benefit).max() ?? 0)
            isClient = false
            strength = Self.strength(of: findings, share: share, families: families.count, isDecisive: isDecisive)
            return
        }
        // The host may be short of what the process does not wait for: its own time has to agree. To find a page is
        // work of the kernel, and runs on a CPU: for memory the stalls of its own cgroup are its time.
        let stall = findings.first { $0.resource == .memory && $0.family == .pressure }?.benefit
        let ownStall = evidence.hasOwnPressure ? stall : nil
        // Who waits for a database or a cache is its client: that is no wait for work.
        let isServed = [.database, .cache].contains(resource) && part >= 0.5 && families.contains(.timeBudget)
        isClient = isServed && part >= 0.8
        stands =
            isServed || families.count >= 2 && (families.contains(.timeBudget) || ownStall != nil && !budget.isNoise)
            || isDecisive
        share =
            budget.isNoise ? 0 : max(part, ownStall ?? 0, isSerial && resource == .cpu ? budget.activeCPUShare : 0)
        // How bad the host is does not tell what the process loses: shares of its time are compared as they are.
        let isFact = isDecisive && findings.contains { $0.severity == .critical }
        strength = share + 0.02 * Double(families.count) + (isFact ? 0.2 : 0)
    }

    private static func strength(
        of findings: [Finding], share: Double, families: Int, isDecisive: Bool
    ) -> Double {
        var worst = findings.map(\.severity).max() ?? .info
        // That something waits while CPUs have room is timing more than want.
        if findings.contains(where: { $0.id == "cpu.sat" }), findings.count == 1 { worst = min(worst, .warning) }
        let severity: Double =
            switch worst {
            case .critical: 0.3
            case .warning: 0.1
            case .info: 0
            }
        // A fact explains more than a share that other things may cause.
        return share + severity + 0.1 * Double(families) + (isDecisive && worst == .critical ? 0.2 : 0)
    }

    private static func isDecisive(_ finding: Finding, forProcess: Bool) -> Bool {
        guard forProcess else { return decisive.contains(finding.id) }
        guard decisive.contains(finding.id) || decisiveForProcess.contains(finding.id) else { return false }
        // A neighbour that was killed is a warning.
        return !decisiveForHost.contains(finding.id) && (finding.id != "mem.oom" || finding.severity == .critical)
    }

    /// Who is most likely responsible; nil where nobody can tell.
    func suspect(in evidence: DiagnosisEvidence) -> Suspect? {
        // A cgroup's limit kills whom it kills while others hold more than anybody there.
        if evidence.scope == .host, resource == .memory, findings.allSatisfy({ $0.id == "mem.oom" }) { return nil }
        return evidence.suspects[resource]?.first
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
    private static func supports(
        _ resource: Resource, part: Double, _ budget: TimeBudget, runningCounts: Bool
    ) -> Bool {
        guard !budget.isNoise else { return false }
        switch resource {
        case .cpu: return part >= 0.10 || runningCounts && budget.activeCPUShare >= 0.85
        case .memory: return part >= 0.10
        case .disk: return part >= 0.10
        case .lock: return part >= 0.30
        case .database, .cache: return part >= 0.30
        case .network: return part >= 0.50
        }
    }
}

extension TimeBudget {
    /// Less than a fifth of one thread is noise, whatever its shares.
    var isNoise: Bool { active * threads < 0.2 }
}

extension Finding {
    /// Whether it is a disk's, and a want of memory causes it.
    fileprivate func isDiskWaitOfMemory(among findings: [Finding]) -> Bool {
        resource == .disk && severity >= .warning && isExplained(among: findings)
            && findings.contains { $0.id == parent && $0.resource == .memory }
    }

    /// Whether another finding causes it: a symptom is not counted beside its cause.
    func isExplained(among findings: [Finding]) -> Bool {
        guard let parent else { return false }
        return findings.contains { $0.id == parent && $0.resource != resource && $0.severity >= .warning }
    }
}
