/// What threads did with their time: ratios that sum to 1.
package struct TimeBudget: Hashable, Sendable {
    package var onCPU = 0.0
    /// Ready, without a CPU.
    package var runnable = 0.0
    /// Ready, and stopped by the quota of their cgroup.
    package var throttled = 0.0
    /// By what they waited for; a reason without time may be missing.
    ///
    /// ``WaitReason/runnable`` is never a key.
    package var blocked: [WaitReason: Double] = [:]
    /// Mean number of threads that the budget is of.
    package var threads = 0.0

    package init() {}

    /// The keys of `blocked` in documents, all of them always.
    package static let reasons: [WaitReason] = [
        .disk, .memory, .lock, .database, .cache, .network, .sleep, .idle, .unknown,
    ]

    /// The part in which threads had something to do: all but sleep, waits for work, and waits that nobody can tell.
    package var active: Double {
        onCPU + runnable + throttled
            + blocked.reduce(0) { sum, part in
                [.sleep, .idle, .unknown].contains(part.key) ? sum : sum + part.value
            }
    }

    /// Of the active part, what one reason takes; 0 where nothing was active.
    package func activeShare(of reason: WaitReason) -> Double {
        active > 0 ? (blocked[reason] ?? 0) / active : 0
    }

    /// Of the active part, what was on a CPU or waited for one.
    package var activeCPUShare: Double { active > 0 ? (onCPU + runnable + throttled) / active : 0 }
}

extension TimeBudget: Encodable {
    private enum CodingKeys: String, CodingKey {
        case onCPU = "on_cpu_ratio"
        case runnable = "runnable_ratio"
        case throttled = "throttled_ratio"
        case blocked, threads
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(onCPU, forKey: .onCPU)
        try container.encode(runnable, forKey: .runnable)
        try container.encode(throttled, forKey: .throttled)
        let parts = Self.reasons.map { ($0.rawValue, blocked[$0] ?? 0) }
        try container.encode(Dictionary(uniqueKeysWithValues: parts), forKey: .blocked)
        try container.encode(threads, forKey: .threads)
    }
}
