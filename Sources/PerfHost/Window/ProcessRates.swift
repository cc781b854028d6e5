import PerfLinux
import PerfModel

/// What a process did in a window.
package struct ProcessRates: Hashable, Sendable {
    package var pid: Int32
    package var name: String
    package var parent: Int32
    package var isKernelThread: Bool
    /// The kernel's letter at the window's end.
    package var state: Character
    package var threadCount: Int
    /// Mean number of CPUs that it used.
    package var userCPUs: Double
    package var systemCPUs: Double
    package var minorFaultsPerSecond: Double
    package var majorFaultsPerSecond: Double
    /// Mean number of CPUs that children used which have ended, theirs included.
    ///
    /// What they used before the window counts as well: it may exceed what there is.
    package var childCPUs: Double
    /// Seconds a second of waiting for block devices; 0 without `kernel.task_delayacct`.
    package var blockDelay: Double
    /// Nil where it is not among the selected processes, or may not be seen.
    package var readBytesPerSecond: Double?
    package var writtenBytesPerSecond: Double?
    /// Through the page cache as well.
    package var readCharactersPerSecond: Double?
    package var writtenCharactersPerSecond: Double?
    package var voluntarySwitchesPerSecond: Double?
    package var involuntarySwitchesPerSecond: Double?
    /// Threads that lived at both ends of the window; empty where the process is not among the selected ones.
    package var threads: [ThreadRates]

    package var cpus: Double { userCPUs + systemCPUs }
    /// Mean number of its threads that waited for a CPU; nil where it was not seen.
    package var waiting: Double? {
        let known = threads.compactMap(\.wait)
        return known.isEmpty ? nil : known.reduce(0, +)
    }

    package struct Table: Equatable, Sendable {
        /// By pid, ascending.
        package var processes: [ProcessRates]
        /// Processes that were there at one end only; those that started and live are among `processes`.
        package var started: Int
        package var ended: Int
        package var blindness: ProcessTable.Blindness

        package subscript(_ pid: Int32) -> ProcessRates? { processes.first { $0.pid == pid } }

        init(
            _ first: ProcessTable, _ last: ProcessTable, _ elapsed: UInt64, ticksPerSecond: UInt64,
            _ changes: inout CounterChanges
        ) {
            var before: [ProcessIdentity: ProcessSample] = [:]
            before.reserveCapacity(first.processes.count)
            for process in first.processes { before[process.identity] = process }
            processes = []
            processes.reserveCapacity(last.processes.count)
            var both = 0
            let latestStart = first.processes.reduce(0) { max($0, $1.startTicks) }
            for process in last.processes {
                var old = before[process.identity]
                if old != nil {
                    both += 1
                } else if process.startTicks >= latestStart {
                    // It began in the window: all that it did, it did in it.
                    old = .unborn
                }
                guard let old else { continue }
                processes.append(
                    ProcessRates(
                        old, process, first.details[process.pid], last.details[process.pid], elapsed,
                        ticksPerSecond: ticksPerSecond, &changes))
            }
            started = last.processes.count - both
            ended = first.processes.count - both
            blindness = last.blindness
        }
    }

    init(
        _ first: ProcessSample, _ last: ProcessSample, _ old: ProcessDetail?, _ new: ProcessDetail?, _ elapsed: UInt64,
        ticksPerSecond: UInt64, _ changes: inout CounterChanges
    ) {
        let seconds = Double(elapsed) / 1e9
        let ticks = Double(max(1, ticksPerSecond))
        let subject = "process.\(last.pid)"
        pid = last.pid
        name = last.name
        parent = last.parent
        isKernelThread = last.isKernelThread
        state = last.state
        threadCount = last.threadCount
        func rate(_ field: KeyPath<ProcessSample, UInt64>, _ label: String) -> Double {
            Double(changes.clampedChange(first[keyPath: field], last[keyPath: field], "\(subject).\(label)")) / seconds
        }
        userCPUs = rate(\.userTicks, "user") / ticks
        systemCPUs = rate(\.systemTicks, "system") / ticks
        minorFaultsPerSecond = rate(\.minorFaults, "minor_faults")
        majorFaultsPerSecond = rate(\.majorFaults, "major_faults")
        childCPUs = rate(\.childTicks, "children") / ticks
        blockDelay = rate(\.blockDelayTicks, "block_delay") / ticks
        threads = []
        guard let old, let new, old.startTicks == new.startTicks else { return }
        if let before = old.io.value, let after = new.io.value {
            func io(_ field: KeyPath<ProcessIO, UInt64>, _ label: String) -> Double? {
                changes.change(before[keyPath: field], after[keyPath: field], "\(subject).io.\(label)")
                    .map { Double($0) / seconds }
            }
            readBytesPerSecond = io(\.readBytes, "read_bytes")
            writtenBytesPerSecond = io(\.writtenBytes, "write_bytes")
            readCharactersPerSecond = io(\.readCharacters, "rchar")
            writtenCharactersPerSecond = io(\.writtenCharacters, "wchar")
        }
        voluntarySwitchesPerSecond = changes.change(
            old.voluntarySwitches, new.voluntarySwitches, "\(subject).voluntary_switches"
        ).map { Double($0) / seconds }
        involuntarySwitchesPerSecond = changes.change(
            old.involuntarySwitches, new.involuntarySwitches, "\(subject).involuntary_switches"
        ).map { Double($0) / seconds }
        var before: [Int32: ThreadSample] = [:]
        for thread in old.threads { before[thread.tid] = thread }
        for thread in new.threads {
            guard let earlier = before[thread.tid], earlier.startTicks == thread.startTicks else { continue }
            threads.append(ThreadRates(earlier, thread, elapsed, ticks: ticks, &changes))
        }
    }
}

/// What a thread did in a window; ratios of the window, 0...1.
package struct ThreadRates: Hashable, Sendable {
    package var tid: Int32
    package var name: String
    package var state: Character
    /// On a CPU, by the scheduler's account where it can be seen, else by clock ticks.
    package var run: Double
    /// Ready, without a CPU; throttling of its cgroup included.
    ///
    /// Nil where the scheduler's account cannot be seen.
    package var wait: Double?
    /// Times that it was put on a CPU, a second: as often it had waited or was preempted.
    ///
    /// Nil where the scheduler's account cannot be seen.
    package var timeslicesPerSecond: Double?
    package var minorFaults: UInt64
    package var majorFaults: UInt64
    /// Waits and seconds a second, by taskstats; nil where the kernel does not tell.
    package var delays: Delays?

    /// Ratios of the window, 0...1.
    package struct Delays: Hashable, Sendable {
        package var cpu: Double
        package var blockIO: Double
        package var swapIn: Double
        package var reclaim: Double
        package var thrashing: Double
        package var compaction: Double
    }

    init(
        _ first: ThreadSample, _ last: ThreadSample, _ elapsed: UInt64, ticks: Double, _ changes: inout CounterChanges
    ) {
        let subject = "thread.\(last.tid)"
        tid = last.tid
        name = last.name
        state = last.state
        minorFaults = changes.clampedChange(first.minorFaults, last.minorFaults, "\(subject).minor_faults")
        majorFaults = changes.clampedChange(first.majorFaults, last.majorFaults, "\(subject).major_faults")
        if let before = first.runDelay.value, let after = last.runDelay.value {
            run = Double(changes.clampedChange(before.run, after.run, "\(subject).run")) / Double(elapsed)
            wait = Double(changes.clampedChange(before.wait, after.wait, "\(subject).wait")) / Double(elapsed)
            timeslicesPerSecond =
                Double(changes.clampedChange(before.timeslices, after.timeslices, "\(subject).timeslices")) * 1e9
                / Double(elapsed)
        } else {
            let user = changes.clampedChange(first.userTicks, last.userTicks, "\(subject).user")
            let system = changes.clampedChange(first.systemTicks, last.systemTicks, "\(subject).system")
            run = (Double(user) + Double(system)) / ticks * 1e9 / Double(elapsed)
        }
        guard let before = first.delays, let after = last.delays else { return }
        func ratio(_ field: KeyPath<TaskDelays, TaskDelays.Delay>, _ label: String) -> Double {
            let change = changes.clampedChange(
                before[keyPath: field].total, after[keyPath: field].total, "\(subject).\(label)")
            return min(1, Double(change) / Double(elapsed))
        }
        delays = Delays(
            cpu: ratio(\.cpu, "cpu_delay"), blockIO: ratio(\.blockIO, "blkio_delay"),
            swapIn: ratio(\.swapIn, "swapin_delay"), reclaim: ratio(\.reclaim, "freepages_delay"),
            thrashing: ratio(\.thrashing, "thrashing_delay"), compaction: ratio(\.compaction, "compact_delay"))
    }
}
