import PerfModel

/// All that a verdict rests on.
package struct DiagnosisEvidence: Sendable {
    /// Who is diagnosed.
    package enum Scope: Hashable, Sendable {
        case host
        /// One process and its cgroup.
        case process(pid: Int32, name: String)
    }

    package var scope: Scope
    /// Nil where nobody could see what threads did.
    package var budget: TimeBudget?
    /// Of the blocked time in the budget, the part whose reason may not be seen, 0...1.
    package var hiddenRatio: Double
    /// Whether stalls (PSI) are those of the process's own cgroup, not of the host.
    package var hasOwnPressure: Bool
    package var findings: [Finding]
    package var unmeasured: [Unmeasured]
    /// What checks that found nothing saw, by the check's id.
    package var healthy: [Healthy]
    /// Who uses or waits for each resource, most first.
    package var suspects: [Resource: [Suspect]]
    /// Whom threads wait for, the most first.
    package var peers: [PeerEvidence]
    /// Of the CPUs that it may use, 0...1; nil where it was not seen.
    package var cpuBusy: Double?
    /// Valid windows that the numbers are from.
    package var windowCount: Int
    package var seconds: Double

    /// Whether it is known what the process that is diagnosed did with its time.
    var showsTimeOfProcess: Bool { scope != .host && budget != nil && hiddenRatio <= 0.5 }

    package struct Healthy: Hashable, Sendable {
        package var id: String
        package var resource: Resource
        package var evidence: [Evidence]

        package init(id: String, resource: Resource, evidence: [Evidence]) {
            self.id = id
            self.resource = resource
            self.evidence = evidence
        }
    }

    package init(
        scope: Scope, budget: TimeBudget?, hiddenRatio: Double = 0, hasOwnPressure: Bool = false,
        findings: [Finding], unmeasured: [Unmeasured] = [], healthy: [Healthy] = [],
        suspects: [Resource: [Suspect]] = [:], peers: [PeerEvidence] = [], cpuBusy: Double? = nil, windowCount: Int,
        seconds: Double
    ) {
        self.scope = scope
        self.budget = budget
        self.hiddenRatio = hiddenRatio
        self.hasOwnPressure = hasOwnPressure
        self.findings = findings
        self.unmeasured = unmeasured
        self.healthy = healthy
        self.suspects = suspects
        self.peers = peers
        self.cpuBusy = cpuBusy
        self.windowCount = windowCount
        self.seconds = seconds
    }
}

/// A process, or one of its threads, that may be responsible.
package struct Suspect: Hashable, Sendable {
    package var pid: Int32
    package var process: String
    package var tid: Int32?
    package var thread: String?
    /// Of what all use of the resource, or wait for it, 0...1.
    package var share: Double
    /// What it did, for people: `"1.9 CPUs"`, `"9,400 major faults/s"`.
    package var detail: String

    package init(pid: Int32, process: String, tid: Int32?, thread: String?, share: Double, detail: String) {
        self.pid = pid
        self.process = process
        self.tid = tid
        self.thread = thread
        self.share = share
        self.detail = detail
    }
}
