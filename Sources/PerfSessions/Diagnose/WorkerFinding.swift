import PerfHost
import PerfModel
import PerfSizing

/// Whether there are too many or too few workers: context of a diagnosis, with the guide's rule and what is right.
struct WorkerFinding {
    let observation: HostObservation

    /// Groups whose workers use less than this together say nothing about their number.
    private static let fewestCPUs = 0.2
    /// Compilers and the like start as many as there is work.
    private static let shortest = 3.0

    /// Of the group that uses most CPU time; nil where no group of workers is busy.
    var finding: Finding? {
        guard let table = observation.whole.processes.value, let cpus = observation.effectiveCPUs else { return nil }
        let processes = table.processes.filter { observation.isOfTarget($0) && !$0.isKernelThread }
        let details = observation.last.processes.value?.details
        let groups = WorkerGroup.all(
            of: processes.map { process in
                let command = details?[process.pid]?.commandLine.joined(separator: " ") ?? ""
                return WorkerGroup.Process(
                    pid: process.pid, parent: process.parent, command: command.isEmpty ? process.name : command)
            })
        var used: [Int32: Double] = [:]
        for process in processes { used[process.pid] = process.cpus }
        func cpuTime(_ group: WorkerGroup) -> Double { group.pids.reduce(0) { $0 + (used[$1] ?? 0) } }
        guard let group = groups.max(by: { cpuTime($0) < cpuTime($1) }), cpuTime(group) >= Self.fewestCPUs,
            observation.whole.elapsedSeconds >= Self.shortest
        else { return nil }
        let count = group.pids.count
        let each = cpuTime(group) / Double(count)
        let advice = WorkerAdvice(
            workers: count, cpuRatio: each, cpus: cpus, hostCPURatio: observation.whole.cpu.value?.total.busy)
        let name = processes.first { $0.pid == group.pids.first }?.name.printable ?? "worker"
        let formula = WorkerArithmetic.byFormula(cpus: cpus)
        var summary = "\(count) workers \(name) below pid \(group.parent): \(advice.reason)"
        if advice.guide != advice.corrected {
            summary +=
                "; the guide's rule (below 80% add, above 95% reduce) says \(advice.guide.rawValue), which is "
                + "right only where workers do nothing but compute and CPUs are free"
        }
        return Finding(
            id: "app.workers", severity: .info, resource: .cpu, family: .saturation, summary: summary,
            subject: "\(group.parent)",
            evidence: [
                Evidence("worker_cpu_ratio", each, "ratio"), Evidence("workers", Double(count), "count"),
                Evidence("allowed_cpus", cpus, "cpus"), Evidence("formula_workers", Double(formula), "count"),
            ],
            remedies: [
                Remedy(
                    "\(verb(advice.corrected)); the formula cores × 2 + 1 says \(formula), measured it is arrivals a second "
                        + "× service time / 0.8: perfdoctor size --jobs-per-second N",
                    claimedGain: "throughput +70%, p95 -40% for workers 4 to 8", source: GuideRemedies.guideA)
            ])
    }

    private func verb(_ direction: WorkerAdvice.Direction) -> String {
        switch direction {
        case .add: "add workers"
        case .keep: "keep their number"
        case .reduce: "run fewer workers"
        }
    }
}
