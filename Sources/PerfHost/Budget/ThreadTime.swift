import PerfModel

/// What one thread did in a window: parts of its time that sum to 1.
package struct ThreadTime: Hashable, Sendable {
    package var tid: Int32
    package var name: String
    package var onCPU: Double
    /// Ready, without a CPU; stops by a quota included.
    package var runnable: Double
    package var blocked: [WaitReason: Double]
    /// The part of `blocked` whose reason may not be seen; it stands under ``WaitReason/unknown``.
    package var hidden: Double

    /// - Parameters:
    ///   - rates: run time, run delay and exact delays.
    ///   - looks: what it was seen doing.
    init(_ rates: ThreadRates, looks: [ThreadLook]) {
        tid = rates.tid
        name = rates.name
        onCPU = min(1, rates.run)
        let waits = looks.compactMap(WaitKind.init)
        // Without the scheduler's account, looks tell how often it was ready; too few of them tell nothing.
        let ready = looks.count >= 5 ? Double(looks.count - waits.count) / Double(looks.count) - onCPU : 0
        runnable = max(0, min(rates.wait ?? ready, 1 - onCPU))
        blocked = [:]
        hidden = 0
        var rest = max(0, 1 - onCPU - runnable)
        if let delays = rates.delays {
            let memory = min(rest, delays.swapIn + delays.reclaim + delays.thrashing + delays.compaction)
            let disk = min(rest - memory, delays.blockIO)
            if memory > 0 { blocked[.memory] = memory }
            if disk > 0 { blocked[.disk] = disk }
            rest -= memory + disk
        }
        let told = rates.delays == nil ? waits : waits.filter { $0.reason != .disk && $0.reason != .memory }
        guard !told.isEmpty else {
            // It was never seen waiting: what its waits were for nobody knows, though nothing was hidden.
            if rest > 0 { blocked[.unknown, default: 0] += rest }
            return
        }
        for wait in told {
            let part = rest / Double(told.count)
            let reason = wait.reason(switchesPerSecond: rates.switchesPerSecond)
            blocked[reason, default: 0] += part
            if wait == .hidden { hidden += part }
        }
    }

    package subscript(_ reason: WaitReason) -> Double { blocked[reason] ?? 0 }
}

/// How a look at a thread that does not run counts.
private enum WaitKind: Hashable {
    case known(WaitReason)
    /// On a condition variable, a semaphore or another thread's end: for work, unless it is woken all the time.
    case signal
    case hidden

    /// Nil for a thread that runs.
    init?(_ look: ThreadLook) {
        switch look.activity {
        case .running: return nil
        case .stopped: self = .known(.idle)
        case .hidden: self = .hidden
        case .waiting(let reason, _, _): self = reason == .lock && look.waitsForSignal ? .signal : .known(reason)
        }
    }

    var reason: WaitReason {
        switch self {
        case .known(let reason): reason
        case .signal: .lock
        case .hidden: .unknown
        }
    }

    /// A pool's worker that sleeps until there is work is woken rarely; one that waits for others is woken often.
    func reason(switchesPerSecond: Double?) -> WaitReason {
        guard self == .signal else { return reason }
        return (switchesPerSecond ?? 0) >= 20 ? .lock : .idle
    }
}
