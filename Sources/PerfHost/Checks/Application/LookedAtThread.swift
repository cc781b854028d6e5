import PerfModel

/// What all looks of a window say about one thread.
struct LookedAtThread {
    var pid: Int32
    var tid: Int32
    /// Looks at which it was there.
    var looks = 0
    /// Looks at which it waited, and did not show for what.
    var hidden = 0
    /// Looks at which it waited for something known.
    var waits: [ThreadLook] = []
}

/// Threads that were looked at.
struct LookedAtThreads {
    /// Those that show what they wait for, by pid and tid.
    var visible: [LookedAtThread] = []
    /// Those that mostly do not.
    var hidden = 0
    var rights: ObserverRights

    /// What a check says that found nothing among those that are visible: blind is not healthy.
    func outcome(healthy evidence: [Evidence]) -> CheckOutcome {
        guard hidden > visible.count else { return .healthy(evidence) }
        return .unmeasured(
            reason: "\(hidden) of \(hidden + visible.count) threads do not show what they wait for "
                + "(/proc/PID/task/TID/syscall)",
            remedy: rights.traceRemedy(others: "run as root, or with CAP_SYS_PTRACE"))
    }
}

extension HostObservation {
    /// Threads of who is diagnosed, without kernel threads, and without those that were seen seldom.
    ///
    /// - Parameter fewest: looks.
    /// - Returns: unavailable where nobody looked.
    func lookedAtThreads(fewest: Double) -> Availability<LookedAtThreads> {
        guard !whole.looks.isEmpty else {
            return .unavailable(reason: "no thread was looked at", remedy: nil)
        }
        let processes = whole.processes.value
        var isOfTarget: [Int32: Bool] = [:]
        for process in processes?.processes ?? [] {
            isOfTarget[process.pid] = self.isOfTarget(process) && !process.isKernelThread
        }
        var threads: [Int64: LookedAtThread] = [:]
        for look in whole.looks.lazy.flatMap(\.threads) where isOfTarget[look.pid] ?? (look.pid == target) {
            let key = Int64(look.pid) << 32 | Int64(look.tid)
            var thread = threads[key] ?? LookedAtThread(pid: look.pid, tid: look.tid)
            thread.looks += 1
            if look.activity == .hidden { thread.hidden += 1 }
            if look.reason != nil { thread.waits.append(look) }
            threads[key] = thread
        }
        let often = threads.values.filter { Double($0.looks) >= fewest }.sorted { ($0.pid, $0.tid) < ($1.pid, $1.tid) }
        guard !often.isEmpty else {
            return .unavailable(
                reason: "threads were looked at fewer than \(Words.grouped(fewest)) times", remedy: "observe for longer"
            )
        }
        let visible = often.filter { $0.hidden * 2 <= $0.looks }
        return .available(LookedAtThreads(visible: visible, hidden: often.count - visible.count, rights: rights))
    }
}
