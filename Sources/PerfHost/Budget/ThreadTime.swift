import PerfModel

/// What one thread did in a window: parts of its time that sum to 1, or to less for one that lived shorter.
package struct ThreadTime: Hashable, Sendable {
    package var tid: Int32
    package var name: String
    package var onCPU: Double
    /// Ready, without a CPU; stops by a quota included.
    package var runnable: Double
    package var blocked: [WaitReason: Double]
    /// The part of `blocked` whose reason may not be seen; it stands under ``WaitReason/unknown``.
    package var hidden: Double
    /// Whether it did anything worth mentioning: one that stood still all the time is not missed.
    package var isActive: Bool

    /// - Parameters:
    ///   - rates: run time, run delay and exact delays.
    ///   - looks: what it was seen doing.
    ///   - isTarget: whether somebody asked for its process, so that its waits for peers count however rare.
    init(_ rates: ThreadRates, looks: [ThreadLook], isTarget: Bool) {
        tid = rates.tid
        name = rates.name
        onCPU = min(1, rates.run)
        isActive = rates.run > 0.002 || (rates.timeslicesPerSecond ?? 0) > 1
        let waits = looks.compactMap { WaitKind($0, isTarget: isTarget) }
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
        let told = rates.delays == nil ? waits : waits.filter { $0 != .known(.disk) && $0 != .known(.memory) }
        guard !told.isEmpty else {
            // It was never seen waiting: what its waits were for nobody knows, though nothing was hidden.
            if rest > 0 { blocked[.unknown, default: 0] += rest }
            return
        }
        for wait in told {
            let part = rest / Double(told.count)
            let reason = wait.reason(timeslicesPerSecond: rates.timeslicesPerSecond)
            blocked[reason, default: 0] += part
            if wait == .hidden { hidden += part }
        }
    }

    /// A thread of which nothing is known yet.
    init(empty rates: ThreadRates) {
        tid = rates.tid
        name = rates.name
        (onCPU, runnable, blocked, hidden, isActive) = (0, 0, [:], 0, false)
    }

    /// Adds what it did in a part of the time.
    mutating func add(_ part: ThreadTime, weight: Double) {
        onCPU += part.onCPU * weight
        runnable += part.runnable * weight
        hidden += part.hidden * weight
        for (reason, time) in part.blocked { blocked[reason, default: 0] += time * weight }
        isActive = isActive || part.isActive
    }

    package subscript(_ reason: WaitReason) -> Double { blocked[reason] ?? 0 }
}

/// How a look at a thread that does not run counts.
private enum WaitKind: Hashable {
    case known(WaitReason)
    /// On something that others do: for work, unless it happens all the time.
    ///
    /// A pool's worker that sleeps until there is work, and a server's thread that waits for its client, are woken
    /// rarely; one that waits for others in its work is woken often.
    case event(WaitReason)
    case hidden

    /// Nil for a thread that runs.
    init?(_ look: ThreadLook, isTarget: Bool) {
        switch look.activity {
        case .running: return nil
        case .stopped: self = .known(.idle)
        case .hidden: self = .hidden
        case .waiting(.lock, _, _):
            if case .futex(_, let isLock) = look.object, !isLock { self = .event(.lock) } else { self = .known(.lock) }
        case .waiting(.network, _, _): self = isTarget ? .known(.network) : .event(.network)
        case .waiting(let reason, _, _): self = .known(reason)
        }
    }

    private static let oftenPerSecond = 20.0

    func reason(timeslicesPerSecond: Double?) -> WaitReason {
        switch self {
        case .known(let reason): reason
        case .event(let reason): (timeslicesPerSecond ?? 0) >= Self.oftenPerSecond ? reason : .idle
        case .hidden: .unknown
        }
    }
}
