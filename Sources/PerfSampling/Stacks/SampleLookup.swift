import PerfLinux
import PerfModel
import Synchronization

/// What shards ask about a sample: which thread it belongs to, and what was mapped where.
///
/// Locks around the process table, which a shard may have to extend by a process that it meets first.
final class SampleLookup: @unchecked Sendable {
    // @unchecked: every access to `processes` and the caches happens with `lock` held.

    /// Where a sample belongs.
    struct Place {
        /// Index into the ``ThreadTable``.
        var thread: Int32
        var maps: MapSet.Resolved
        /// The image for addresses outside of all mappings.
        var unmappedImage: Int
        var isKernelThread: Bool

        func frame(_ frame: UnwoundFrame) -> StackTable.Frame {
            guard frame.region >= 0 else {
                return StackTable.Frame(
                    image: Int32(unmappedImage), isGuess: frame.isGuess,
                    address: ImageAddress(rawValue: frame.address.rawValue)
                )
            }
            let index = Int(frame.region)
            let region = maps.space.regions[index]
            let address =
                maps.isReadable[index]
                ? region.imageAddress(of: frame.address)
                : ImageAddress(
                    rawValue: frame.address.rawValue &- region.start.rawValue &+ region.fileOffset.rawValue
                )
            return StackTable.Frame(image: Int32(maps.images[index]), isGuess: frame.isGuess, address: address)
        }
    }

    let images: ImageRegistry
    let threads = ThreadTable()
    private let lock = Mutex(())
    private let processes: ProcessTable
    private var kernelThreads: [Int32: Bool] = [:]
    private var unmappedImages: [Int32: Int] = [:]
    private let proc: ProcFileSystem
    /// Threads that more than one event may observe, and the ids of the events that count.
    private var preferredEvents: [Int32: Set<UInt64>] = [:]
    private let selectedThreads: Set<Int32>

    init(processes: ProcessTable, images: ImageRegistry, proc: ProcFileSystem, selectedThreads: Set<Int32>) {
        self.processes = processes
        self.images = images
        self.proc = proc
        self.selectedThreads = selectedThreads
    }

    /// Whether a sample counts: one of two events that observe the same thread does not.
    func accepts(_ sample: PerfSample) -> Bool {
        lock.withLock { _ in
            guard selectedThreads.isEmpty || selectedThreads.contains(sample.tid) else { return false }
            return preferredEvents[sample.tid]?.contains(sample.eventID) ?? true
        }
    }

    /// From now on only these events count for the thread, and for those that it starts.
    func prefer(events: [UInt64], forThread tid: Int32) {
        lock.withLock { _ in
            preferredEvents[tid] = Set(events)
        }
    }

    /// Takes in one of the records that tell of processes.
    func apply(_ record: ProcessRecord, at time: UInt64) {
        lock.withLock { _ in
            if case .forked(_, _, let tid, let parentThread) = record {
                preferredEvents[tid] = preferredEvents[parentThread]
            }
            processes.apply(record, at: time)
        }
    }

    /// Whether a thread was asked for.
    func isSelected(_ tid: Int32) -> Bool {
        selectedThreads.isEmpty || selectedThreads.contains(tid)
    }

    /// Whether a process is a thread of the kernel, whose waits are nobody's delay.
    func belongsToKernel(_ pid: Int32) -> Bool {
        lock.withLock { _ in isKernelThread(pid) }
    }

    /// The number of a thread in the table.
    func threadIndex(pid: Int32, tid: Int32, at time: UInt64) -> Int32 {
        lock.withLock { _ in
            threads.index(of: ThreadTable.Thread(process: processes.index(ofSampled: pid, at: time), tid: tid))
        }
    }

    /// The names of all threads that were met, by their ids.
    func threadNames() -> [Int32: String] {
        lock.withLock { _ in
            var names: [Int32: String] = [:]
            for thread in threads.threads {
                let process = processes.processes[thread.process]
                names[thread.tid] = process.threads[thread.tid] ?? process.name
            }
            return names
        }
    }

    func place(of sample: PerfSample) -> Place {
        place(pid: sample.pid, tid: sample.tid, at: sample.time)
    }

    func place(pid: Int32, tid: Int32, at time: UInt64) -> Place {
        lock.withLock { _ in
            let process = processes.index(ofSampled: pid, at: time)
            let root = processes.processes[process].root
            let maps = processes.maps(of: process, at: time).resolved { mappings in
                images.resolve(mappings, root: root)
            }
            return Place(
                thread: threads.index(of: ThreadTable.Thread(process: process, tid: tid)),
                maps: maps,
                unmappedImage: unmappedImage(of: pid),
                isKernelThread: maps.space.regions.isEmpty && isKernelThread(pid)
            )
        }
    }

    private func unmappedImage(of pid: Int32) -> Int {
        if let known = unmappedImages[pid] { return known }
        let new = images.unmappedIndex(pid: pid)
        unmappedImages[pid] = new
        return new
    }

    private func isKernelThread(_ pid: Int32) -> Bool {
        if pid == 0 { return true }  // The idle task.
        if let known = kernelThreads[pid] { return known }
        var result = false
        if case .success(let stat) = Result(catching: { () throws(any Error) in
            try ProcessStat(parsing: proc.contents(of: "\(pid)/stat"), path: "/proc/\(pid)/stat")
        }) {
            result = stat.isKernelThread
        }
        kernelThreads[pid] = result
        return result
    }
}
