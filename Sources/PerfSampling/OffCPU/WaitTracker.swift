import PerfLinux

/// Where the times of waits come from.
package enum WaitSource: String, CaseIterable, Sendable {
    /// Programs in the kernel, which add up there.
    case bpf
    /// The kernel's records of each switch.
    case events
}

/// Observes the switches of all threads of a recording and keeps account of their waits.
protocol WaitTracker: AnyObject {
    var source: WaitSource { get }

    /// What a shard needs to take part.
    func makeShardWaits() -> ShardWaits
    /// Opens what is needed beside the primary events.
    ///
    /// - Returns: more rings, which the shards of their CPUs read as well.
    func open(besides primary: [PerfEvent], rings: [PerfRing], settings: PerfEvent.Settings) throws(SamplerError)
        -> [PerfRing]
    /// Tells who consumes the rings.
    func setShards(_ shards: [SampleShard])
    /// Observes a thread that was found late, beside its primary event.
    func observe(_ event: PerfEvent, ring: PerfRing) throws(SystemCallError)
    func enable() throws(SystemCallError)
    func disable()
    /// Begins the account of every program that runs on this machine.
    func adoptAll(at time: UInt64)
    /// Begins the account of threads that run or wait already; of these only, where `members` are given.
    func adopt(_ pids: [Int32], at time: UInt64, only members: Set<Int32>?)
    /// Ends the accounts of all other threads, which have left what is observed.
    func forget(allBut threads: Set<Int32>)
    /// Takes in the records that tell of processes, and what was collected up to a time.
    func take(_ records: some Sequence<(time: UInt64, record: ProcessRecord)>, cutoff: UInt64)
    /// Looks at threads that wait without a known stack.
    func look(at time: UInt64)
    /// Adapts to how much there is.
    func adapt(at time: UInt64)
    /// Descriptors that become readable when records wait.
    func pollDescriptors(hungUp: Set<Int32>) -> [Int32]
    /// Ends all accounts; call once.
    func finish(at time: UInt64)
    /// The waits, with stacks as nodes of a table that they are added to.
    func waits(mergedInto table: inout StackTable) -> SampledWaits
}

extension SwitchTracker: WaitTracker {
    var source: WaitSource { .events }

    func take(_ records: some Sequence<(time: UInt64, record: ProcessRecord)>, cutoff: UInt64) {
        take(records)
    }
}
