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

    /// Of who is diagnosed: the target and its descendants, or all that were looked at.
    package let processes: [Process]
    /// Mean number of threads that their cgroup's quota stopped.
    package let throttled: Double
    /// Of the time that threads which did anything were blocked, the part whose reason may not be seen, 0...1.
    package let hidden: Double
    package let lookCount: Int

    /// Nil where no thread was seen at both ends of any window.
    package init?(_ observation: HostObservation) {
        var merged: [Int32: [Int32: ThreadTime]] = [:]
        var names: [Int32: String] = [:]
        let whole = observation.parts.reduce(0) { $0 + $1.elapsedSeconds }
        for part in observation.parts where whole > 0 {
            var looks: [Int64: [ThreadLook]] = [:]
            for look in part.looks {
                for thread in look.threads { looks[Self.key(thread.pid, thread.tid), default: []].append(thread) }
            }
            for process in part.processes.value?.processes ?? []
            where observation.isOfTarget(process) && process.pid != observation.last.observer {
                names[process.pid] = process.name
                for rates in process.threads {
                    let time = ThreadTime(
                        rates, looks: looks[Self.key(process.pid, rates.tid)] ?? [],
                        isTarget: observation.target != nil)
                    merged[process.pid, default: [:]][rates.tid, default: ThreadTime(empty: rates)]
                        .add(time, weight: part.elapsedSeconds / whole)
                }
            }
        }
        processes = merged.sorted { $0.key < $1.key }.map { pid, threads in
            Process(
                pid: pid, name: names[pid] ?? "",
                threads: threads.sorted { $0.key < $1.key }.map(\.value))
        }
        guard !processes.isEmpty else { return nil }
        lookCount = observation.whole.looks.count
        throttled = observation.target != nil ? observation.whole.cgroup.value?.throttled ?? 0 : 0
        let threads = processes.flatMap(\.threads).filter(\.isActive)
        let blocked = threads.reduce(0) { $0 + max(0, 1 - $1.onCPU - $1.runnable) }
        hidden = blocked > 0 ? min(1, threads.reduce(0) { $0 + $1.hidden } / blocked) : 0
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
