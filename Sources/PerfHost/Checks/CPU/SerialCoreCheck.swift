import PerfModel

/// One thread at its limit: it computes all the time, and nothing but a faster CPU or less work helps it.
package struct SerialCoreCheck: Check {
    package static let id = "cpu.core"
    package static let resource = Resource.cpu
    package static let explanation =
        "Does one thread want a whole CPU all the time: while others idle, or of the process that is diagnosed?"
    package static let source =
        "/proc/PID/task/TID/schedstat or stat: CPU time and run delay of each thread; /proc/stat for the rest"
    package static let trap =
        "the scheduler moves a thread between CPUs, so that no CPU looks full: the thread is what counts"
    package static let threshold = CheckThreshold(
        0.95, unit: "ratio", origin: "PCP pmieconf 95%",
        conditions: ["host_busy_below_ratio": 0.85, "thread_run_ratio": 0.6])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let cpu = observation.whole.cpu.value else { return unmeasured(observation.whole.cpu, "/proc/stat") }
        guard let table = observation.whole.processes.value else {
            return unmeasured(observation.whole.processes, "the list of processes")
        }
        let threads = table.processes.flatMap { process in
            observation.isOfTarget(process) ? process.threads.map { (process, $0) } : []
        }
        guard let (process, thread) = threads.max(by: { $0.1.demand < $1.1.demand }) else {
            return .unmeasured(reason: "no thread was seen at both ends of the window", remedy: nil)
        }
        let busy = cpu.total.busy
        let evidence = [
            Evidence("thread_demand_ratio", thread.demand, "ratio"),
            Evidence("thread_run_ratio", min(1, thread.run), "ratio"), Evidence("host_busy_ratio", busy, "ratio"),
            Evidence("cpus", Double(cpu.cpus.count), "cpus"),
        ]
        // Of a full host, who is full is no news; of a process that somebody asks about, it is the answer.
        let isNews =
            observation.target != nil
            || cpu.cpus.count > 1 && busy < threshold.condition("host_busy_below_ratio")
        guard threshold.severity(of: thread.demand) != nil, thread.run >= threshold.condition("thread_run_ratio"),
            isNews
        else { return .healthy(evidence) }
        // The kernel's search for memory is no work of the thread's own.
        let system = process.systemCPUs / max(process.cpus, 1e-9)
        let cause = system >= 0.5 ? observation.memoryCause(of: min(1, thread.run) * system) : nil
        let name = thread.name == process.name ? "" : " \(thread.name.printable)"
        return .findings([
            finding(
                thread.demand, "thread_demand_ratio", threshold: threshold, family: .saturation,
                subject: "\(process.pid)/\(thread.tid)", evidence: Array(evidence.dropFirst()),
                summary:
                    "thread\(name) (tid \(thread.tid)) of \(Words.process(process)) computes all the time "
                    + "(it runs \(Words.percent(min(1, thread.run))) of it; the CPUs are \(Words.percent(busy)) busy): it "
                    + "works serially, and more CPUs do not help",
                parent: cause, benefit: Culprits.share(of: thread.run, in: process),
                remedies: [
                    GuideRemedies.optimiseHotPaths,
                    Remedy("divide its work among threads or processes", source: GuideRemedies.guideA),
                ])
        ])
    }
}

extension ThreadRates {
    /// The share of the time in which it runs or would, 0...1.
    fileprivate var demand: Double { min(1, run + (wait ?? 0)) }
}
