import PerfDiagnosis
import PerfHost
import PerfModel

/// Asks all checks, and gathers what a verdict rests on.
struct EvidenceBuilder {
    let observation: HostObservation

    func evidence() -> DiagnosisEvidence {
        let account = TimeAccount(observation)
        var result = DiagnosisEvidence(
            scope: scope, budget: account?.budget, hiddenRatio: account?.hidden ?? 1,
            hasOwnPressure: observation.isCgroupPressure, findings: [],
            windowCount: observation.parts.count, seconds: observation.whole.elapsedSeconds)
        for check in Checks.all {
            switch check.outcome(of: observation, threshold: observation.threshold(of: check)) {
            case .findings(let findings): result.findings += findings
            case .healthy(let evidence):
                result.healthy.append(
                    DiagnosisEvidence.Healthy(id: check.id, resource: check.resource, evidence: evidence))
            case .unmeasured(let reason, let remedy):
                result.unmeasured.append(Unmeasured(id: check.id, reason: reason, remedy: remedy ?? ""))
            }
        }
        if let workers = WorkerFinding(observation: observation).finding { result.findings.append(workers) }
        result.unmeasured += blindness(account)
        for resource in Resource.allCases {
            result.suspects[resource] = ResourceUsers.of(resource, in: observation, account: account).map {
                Suspect(
                    pid: $0.pid, process: $0.process, tid: $0.tid, thread: $0.thread, share: $0.share,
                    detail: $0.detail)
            }
        }
        result.peers = peers(account?.budget)
        result.cpuBusy = observation.whole.cpu.value?.total.busy
        return result
    }

    private func peers(_ budget: TimeBudget?) -> [PeerEvidence] {
        guard let budget, budget.active > 0 else { return [] }
        return PeerWait.of(observation).map { wait in
            let resource: Resource =
                switch wait.reason {
                case .database: .database
                case .cache: .cache
                default: .network
                }
            return PeerEvidence(
                resource: resource, address: wait.address,
                share: wait.share * (budget.blocked[wait.reason] ?? 0) / budget.active)
        }.filter { $0.share >= 0.005 }.sorted { $0.share > $1.share }
    }

    private var scope: DiagnosisEvidence.Scope {
        guard let target = observation.target else { return .host }
        let name = observation.last.name(ofProcess: target) ?? "process"
        return .process(pid: target, name: name)
    }

    /// What nobody could see of the threads.
    private func blindness(_ account: TimeAccount?) -> [Unmeasured] {
        var result: [Unmeasured] = []
        let rights = observation.rights
        let blindness = observation.whole.processes.value?.blindness
        guard let account else {
            result.append(
                Unmeasured(
                    id: "time_budget", reason: "no thread was seen at both ends of the window",
                    // Where nothing was refused there was nothing to see.
                    remedy: blindness?.isEmpty ?? true
                        ? "observe while something runs"
                        : rights.traceRemedy(others: "run as root, or as the user of the processes")))
            return result
        }
        if account.hidden > 0.2 {
            let percent = Quantity.fixed(account.hidden * 100, digits: 0)
            result.append(
                Unmeasured(
                    id: "time_budget.blocked",
                    reason: "what threads wait for is hidden for \(percent)% of the time that they are blocked: "
                        + "/proc/PID/syscall needs the right to trace them",
                    remedy: rights.traceRemedy(others: "run as root, or as the user of the processes")))
        }
        if blindness?.hidesOthers == true {
            result.append(
                Unmeasured(
                    id: "processes", reason: "/proc is mounted with hidepid: processes of other users are missing",
                    remedy: rights.traceRemedy(others: "run as root")))
        }
        if let unreadable = blindness?.unreadable, unreadable > 0 {
            result.append(
                Unmeasured(
                    id: "processes", reason: "\(unreadable) processes may not be read",
                    remedy: rights.traceRemedy(others: "run as root")))
        }
        return result
    }
}
