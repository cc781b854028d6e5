import PerfLinux
import PerfModel

/// The processes and threads that samples refer to, as the kernel's records and /proc tell of them.
///
/// A process that executes another program, or a pid that is used again, becomes a new entry: samples keep to the
/// program that ran when they were taken. One thread applies records; between two batches any number may look up.
final class ProcessTable {
    /// A program in a process: from an exec (or fork) to the next one.
    struct Process {
        let pid: Int32
        var name: String
        /// Latest first: the time from which a set of mappings holds, and the set.
        var maps: [(since: UInt64, set: MapSet)]
        /// For files as the process saw them; nil when it had ended before we came.
        var root: RootDirectory?
        /// Names by thread id.
        var threads: [Int32: String] = [:]
        /// Ids of threads that have not ended.
        ///
        /// A set, not a count: one end may be told by several events, and a thread that was found in /proc is told of
        /// again.
        var liveThreads: Set<Int32> = []
        /// Whether a sample refers to it, so that its names are needed to the end.
        var isSampled = false
    }

    private(set) var processes: [Process] = []
    private(set) var throttleCount: UInt64 = 0
    private(set) var lostCount: UInt64 = 0
    /// Latest first: since when an entry of `processes` is the one of that pid.
    private var entries: [Int32: [(since: UInt64, index: Int)]] = [:]
    /// Entries whose program has ended, and when.
    private var ended: [(at: UInt64, index: Int)] = []
    private var sharedSets: Set<ObjectIdentifier> = []
    private let proc: ProcFileSystem

    init(proc: ProcFileSystem) {
        self.proc = proc
    }

    /// Takes in one record; records of one batch come in the order of their times.
    func apply(_ record: ProcessRecord, at time: UInt64) {
        switch record {
        case .mapped(let mapping):
            add(mapping, at: time)
        case .named(let pid, let tid, let name, let isExec):
            if isExec {
                begin(
                    pid: pid, name: proc.fullName(ofProcess: pid, comm: name), maps: MapSet(),
                    root: currentRoot(of: pid), at: time)
            }
            guard let index = index(of: pid, at: time) else { return }
            processes[index].threads[tid] = name
            if pid == tid, !isExec { processes[index].name = name }
        case .forked(let pid, let parent, let tid, let parentThread):
            fork(pid: pid, from: parent, tid: tid, parentThread: parentThread, at: time)
        case .exited(let pid, let tid):
            // Samples of its last moments may still come: the entry goes when they have been seen.
            guard let index = index(of: pid, at: time), processes[index].liveThreads.remove(tid) != nil else { return }
            if processes[index].liveThreads.isEmpty { ended.append((time, index)) }
        case .lost(let count):
            lostCount &+= count
        case .throttled:
            throttleCount &+= 1
        }
    }

    /// The entry that a sample belongs to; one is made from /proc when the process was not known.
    func index(ofSampled pid: Int32, at time: UInt64) -> Int {
        let index = index(of: pid, at: time) ?? adopt(pid: pid)
        processes[index].isSampled = true
        return index
    }

    /// Frees what programs that ended before `time` needed; all samples of theirs have been taken in.
    func forget(endedBefore time: UInt64) {
        for (at, index) in ended where at < time {
            processes[index].maps = [(0, Self.noMaps)]
            processes[index].root = nil
            if !processes[index].isSampled { processes[index].threads = [:] }
            let pid = processes[index].pid
            entries[pid]?.removeAll { $0.index == index }
            if entries[pid]?.isEmpty == true { entries[pid] = nil }
        }
        ended.removeAll { $0.at < time }
    }

    private static let noMaps = MapSet()

    /// Takes a process that runs already from /proc: its name, threads and mappings.
    @discardableResult
    func adopt(pid: Int32) -> Int {
        var tids: [Int32] = []
        if case .success(let found) = Result(catching: { () throws(SystemCallError) in
            try proc.numbers(in: "\(pid)/task")
        }) {
            tids = found
        }
        // Where the main thread has ended and others go on, only those have memory and a root directory. A process
        // that has just ended has no maps to read at all: its samples stay, by address only.
        var maps: [PerfMapping] = []
        var reader = pid
        for tid in [pid] + tids where maps.isEmpty {
            guard case .success(let bytes) = contents(tid == pid ? "\(pid)/maps" : "\(pid)/task/\(tid)/maps") else {
                continue
            }
            maps = ProcessMap.parse(bytes).maps.filter { $0.isExecutable }.map { PerfMapping(pid: pid, map: $0) }
            if !maps.isEmpty { reader = tid }
        }
        let index = begin(
            pid: pid, name: proc.fullName(ofProcess: pid, comm: name("\(pid)/comm")), maps: MapSet(mappings: maps),
            root: root(of: reader), at: 0
        )
        for tid in tids { processes[index].threads[tid] = name("\(pid)/task/\(tid)/comm") }
        if !tids.isEmpty { processes[index].liveThreads = Set(tids) }
        return index
    }

    /// The mappings of an entry at a time.
    func maps(of index: Int, at time: UInt64) -> MapSet {
        let versions = processes[index].maps
        return versions.first { $0.since <= time }?.set ?? versions[versions.count - 1].set
    }

    private func index(of pid: Int32, at time: UInt64) -> Int? {
        guard let versions = entries[pid] else { return nil }
        return versions.first { $0.since <= time }?.index ?? versions.last?.index
    }

    @discardableResult
    private func begin(pid: Int32, name: String, maps: MapSet, root: RootDirectory?, at time: UInt64) -> Int {
        // The program before an exec is over, though the process goes on.
        if let before = entries[pid]?.first { ended.append((time, before.index)) }
        processes.append(Process(pid: pid, name: name, maps: [(0, maps)], root: root, liveThreads: [pid]))
        entries[pid, default: []].insert((time, processes.count - 1), at: 0)
        return processes.count - 1
    }

    private func add(_ mapping: PerfMapping, at time: UInt64) {
        // Kernel modules come as mappings of pid -1.
        guard mapping.pid > 0 else { return }
        let index = index(of: mapping.pid, at: time) ?? adopt(pid: mapping.pid)
        let current = maps(of: index, at: time)
        // A set that another process shares (fork) must not change under it.
        if sharedSets.contains(ObjectIdentifier(current)) {
            let own = MapSet(mappings: current.mappings)
            processes[index].maps.insert((time, own), at: 0)
            if own.add(mapping) { return }
        } else if current.add(mapping) {
            return
        }
        processes[index].maps.insert((time, MapSet(mappings: current.mappings(replacedBy: mapping))), at: 0)
    }

    private func fork(pid: Int32, from parent: Int32, tid: Int32, parentThread: Int32, at time: UInt64) {
        let parentIndex = index(of: parent, at: time) ?? adopt(pid: parent)
        let threadName = processes[parentIndex].threads[parentThread] ?? processes[parentIndex].name
        var index = parentIndex
        if pid != parent {
            let maps = maps(of: parentIndex, at: time)
            sharedSets.insert(ObjectIdentifier(maps))
            index = begin(
                pid: pid, name: processes[parentIndex].name, maps: maps, root: processes[parentIndex].root, at: time
            )
        }
        processes[index].liveThreads.insert(tid)
        processes[index].threads[tid] = threadName
    }

    private func currentRoot(of pid: Int32) -> RootDirectory? {
        if let root = root(of: pid) { return root }
        // It has ended already; it most likely saw what the program before the exec saw.
        return entries[pid]?.first.flatMap { processes[$0.index].root }
    }

    private func root(of pid: Int32) -> RootDirectory? {
        switch Result(catching: { () throws(SystemCallError) in try RootDirectory(ofProcess: pid) }) {
        case .success(let root): root
        case .failure: nil  // It has ended or is not ours to look into: look-ups fall back to the parent's root.
        }
    }

    private func contents(_ path: String) -> Result<[UInt8], SystemCallError> {
        Result { () throws(SystemCallError) in try proc.contents(of: path) }
    }

    private func name(_ path: String) -> String {
        guard case .success(let bytes) = contents(path) else { return "" }
        return String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }
}

extension PerfMapping {
    /// A line of /proc/<pid>/maps.
    fileprivate init(pid: Int32, map: ProcessMap) {
        self.init(
            pid: pid, start: map.start, end: map.end, fileOffset: map.fileOffset, path: map.path,
            identity: map.inode == 0
                ? .unknown
                : .inode(deviceMajor: map.deviceMajor, deviceMinor: map.deviceMinor, number: map.inode)
        )
    }
}
