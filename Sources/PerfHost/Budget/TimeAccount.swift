import PerfModel

/// What the threads of the processes that were looked at deeply did in a window.
package struct TimeAccount: Sendable {
    /// The threads of one process.
    package struct Process: Sendable {
        package var pid: Int32
        package var name: String
        package var threads: [ThreadTime]

        /// Mean number of its threads that waited for something.
        package subscript(_ reason: WaitReason) -> Double { threads.reduce(0) { $0 + $1[reason] } }
        package var onCPU: Double { threads.reduce(0) { $0 + $1.onCPU } }
        package var runnable: Double { threads.reduce(0) { $0 + $1.runnable } }
    }

    /// Of who is diagnosed: the target and its cgroup, or all that were looked at.
    package let processes: [Process]
    /// Mean number of threads that their cgroup's quota stopped.
    package let throttled: Double
    /// Of the time that threads were blocked, the part whose reason may not be seen, 0...1.
    package let hidden: Double
    package let lookCount: Int

    /// Nil where no thread was seen at both ends of the window.
    package init?(_ observation: HostObservation) {
        let window = observation.whole
        guard let table = window.processes.value else { return nil }
        var looks: [Int64: [ThreadLook]] = [:]
        for look in window.looks {
            for thread in look.threads { looks[Self.key(thread.pid, thread.tid), default: []].append(thread) }
        }
        processes = table.processes.compactMap { process -> Process? in
            guard !process.threads.isEmpty, observation.isOfTarget(process) else { return nil }
            return Process(
                pid: process.pid, name: process.name,
                threads: process.threads.map {
                    ThreadTime($0, looks: looks[Self.key(process.pid, $0.tid)] ?? [])
                })
        }
        guard !processes.isEmpty else { return nil }
        lookCount = window.looks.count
        throttled = observation.target != nil ? window.cgroup.value?.throttled ?? 0 : 0
        let threads = processes.flatMap(\.threads)
        let blocked = threads.reduce(0) { $0 + max(0, 1 - $1.onCPU - $1.runnable) }
        hidden = blocked > 0 ? threads.reduce(0) { $0 + $1.hidden } / blocked : 0
    }

    private static func key(_ pid: Int32, _ tid: Int32) -> Int64 { Int64(pid) << 32 | Int64(tid) }

    /// All of it as ratios that sum to 1.
    package var budget: TimeBudget {
        let threads = processes.flatMap(\.threads)
        var budget = TimeBudget()
        budget.threads = Double(threads.count)
        guard budget.threads > 0 else { return budget }
        for thread in threads {
            budget.onCPU += thread.onCPU
            budget.runnable += thread.runnable
            for (reason, part) in thread.blocked { budget.blocked[reason, default: 0] += part }
        }
        // Threads that are stopped by a quota count as ready.
        budget.throttled = min(throttled, budget.runnable)
        budget.runnable -= budget.throttled
        let sum = budget.onCPU + budget.runnable + budget.throttled + budget.blocked.values.reduce(0, +)
        guard sum > 0 else { return budget }
        budget.onCPU /= sum
        budget.runnable /= sum
        budget.throttled /= sum
        budget.blocked = budget.blocked.mapValues { $0 / sum }
        return budget
    }
}
