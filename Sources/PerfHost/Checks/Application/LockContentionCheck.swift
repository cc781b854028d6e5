import PerfModel

/// Threads that wait for each other.
package struct LockContentionCheck: Check {
    package static let id = "lock.futex"
    package static let resource = Resource.lock
    package static let explanation = "Do threads wait for a lock that another one holds?"
    package static let source =
        "looks at /proc/PID/task/TID/syscall and wchan: share of the time in futex waits of one address that several "
        + "threads wait at, or at locks of the kernel; CPU time of the process"
    package static let trap =
        "workers that have nothing to do wait in futex as well, at condition variables or at an address of their "
        + "own: only the operations of mutexes count, and only at an address where several threads were seen; locks "
        + "that are made of semaphores (Python's) look like idle workers and are not found"
    package static let threshold = CheckThreshold(
        0.30, unit: "ratio", origin: "proposed", conditions: ["looks": 10, "cpu_below_ratio": 0.85])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        let looked = observation.lookedAtThreads(fewest: threshold.condition("looks"))
        guard let threads = looked.value else { return unmeasured(looked, "looks at threads") }
        guard let table = observation.whole.processes.value else {
            return unmeasured(observation.whole.processes, "the list of processes")
        }
        let cpus = max(observation.effectiveCPUs ?? 1, 0.01)
        var findings: [Finding] = []
        var most = 0.0
        for (pid, group) in Dictionary(grouping: threads.visible, by: \.pid).sorted(by: { $0.key < $1.key }) {
            let shares = contention(among: group)
            guard let worst = shares.max(), let process = table[pid] else { continue }
            most = max(most, worst)
            let busy = process.cpus / cpus
            guard threshold.severity(of: worst) != nil, busy < threshold.condition("cpu_below_ratio") else { continue }
            let mean = shares.reduce(0, +) / Double(shares.count)
            findings.append(
                finding(
                    worst, "blocked_ratio", threshold: threshold, family: .timeBudget, subject: "\(pid)",
                    evidence: [
                        Evidence("threads", Double(shares.count), "count"),
                        Evidence("mean_blocked_ratio", mean, "ratio"),
                        Evidence("process_cpus", process.cpus, "cpus"),
                    ],
                    summary:
                        "\(shares.count) threads of \(Words.process(process)) wait \(Words.percent(mean)) of the "
                        + "time for locks that they share, at \(Words.fixed(process.cpus)) CPUs",
                    benefit: mean,
                    remedies: [
                        Remedy("perfdoctor record --clock off-cpu -p \(pid) shows the lock and who holds it"),
                        Remedy(
                            "hold it for less: no I/O and no computing inside; divide it, or give each thread its "
                                + "own data"
                        ),
                    ]))
        }
        guard findings.isEmpty else { return .findings(sorted(findings)) }
        return threads.outcome(healthy: [Evidence("blocked_ratio", most, "ratio")])
    }

    /// Of each thread that waits for a shared lock, the share of its time.
    private static func contention(among threads: [LookedAtThread]) -> [Double] {
        var waiters: [Lock: [Int32: Int]] = [:]
        for thread in threads {
            for look in thread.waits {
                if let lock = Lock(look) { waiters[lock, default: [:]][thread.tid, default: 0] += 1 }
            }
        }
        let shared = waiters.values.filter { $0.count >= 2 }
        return threads.compactMap { thread in
            let count = shared.reduce(0) { $0 + ($1[thread.tid] ?? 0) }
            return count == 0 ? nil : Double(count) / Double(thread.looks)
        }
    }

    private enum Lock: Hashable {
        case address(UInt64)
        case kernel(String)

        /// Nil for a wait that is no lock's.
        init?(_ look: ThreadLook) {
            guard case .waiting(.lock, let function, _) = look.activity else { return nil }
            if case .futex(let address, let isLock) = look.object {
                guard isLock else { return nil }
                self = .address(address)
            } else if ["rwsem_", "__mutex_lock", "mutex_lock", "down_", "__down", "percpu_rwsem"]
                .contains(where: { function.hasPrefix($0) })
            {
                self = .kernel(function)
            } else {
                return nil
            }
        }
    }
}
