import PerfLinux
import PerfModel

/// Which processes are looked at deeply: the target, its descendants, its cgroup, and those that do or wait the most.
struct ProcessSelection {
    /// In the order of importance.
    private(set) var chosen: [(pid: Int32, reason: ProcessDetail.Selection)] = []
    private var seen: Set<Int32> = []

    /// What one process did since the snapshot before.
    private struct Candidate {
        var pid: Int32
        var cpu: UInt64
        var faults: UInt64
        var blocked: UInt64
        var io: UInt64 = 0
        var waited: UInt64 = 0
    }

    /// - Parameters:
    ///   - table: of all processes; gets the activity of those that come into question.
    ///   - previous: the snapshot before; without it all count from their start.
    ///   - target: is always looked at.
    ///   - group: processes of its cgroup.
    ///   - stallsAt: seconds since boot where something stands still for a disk or for memory, so that threads are
    ///     looked for which stand still behind a main thread that rests; nil where nothing does.
    ///   - reader: for the files of those that come into question.
    init(
        table: inout ProcessTable, previous: HostSnapshot?, target: Int32?, group: [Int32], stallsAt: UInt64?,
        reader: HostReader
    ) {
        if let target {
            add(target, .target, in: table)
            for pid in table.family(of: target).prefix(reader.options.cgroupProcesses) {
                add(pid, .descendant, in: table)
            }
        }
        if let pinned = reader.options.pinned { add(pinned, .pinned, in: table) }
        for pid in group.prefix(reader.options.cgroupProcesses) { add(pid, .cgroup, in: table) }
        let limit = chosen.count + reader.options.deepProcesses

        let before = previous?.processes.value
        var candidates = Self.candidates(in: table, before)
        if let stallsAt { addStalled(to: &candidates, table, before, seconds: stallsAt, reader) }
        candidates.sort { ($0.blocked, $0.cpu, $1.pid) > ($1.blocked, $1.cpu, $0.pid) }
        candidates.removeLast(max(0, candidates.count - 3 * reader.options.deepProcesses))
        for index in candidates.indices {
            let pid = candidates[index].pid
            let now = ProcessTable.Activity(
                ioBytes: reader.value(at: "/proc/\(pid)/io") { ProcessIO(parsing: $0) }
                    .map { $0.readBytes &+ $0.writtenBytes },
                waited: reader.value(at: "/proc/\(pid)/schedstat") { RunDelay(parsing: $0) }?.wait)
            table.activity[pid] = now
            guard let old = before?.activity[pid] else { continue }
            candidates[index].io = Self.growth(old.ioBytes ?? 0, now.ioBytes ?? 0)
            candidates[index].waited = Self.growth(old.waited ?? 0, now.waited ?? 0)
        }

        // One of each list in turn, so that none crowds out the others.
        let lists: [([Candidate], ProcessDetail.Selection)] = [
            (candidates.filter { $0.cpu > 0 }.sorted { ($0.cpu, $1.pid) > ($1.cpu, $0.pid) }, .cpu),
            (candidates.filter { $0.blocked > 0 }.sorted { ($0.blocked, $1.pid) > ($1.blocked, $0.pid) }, .blocked),
            (candidates.filter { $0.io > 0 }.sorted { ($0.io, $1.pid) > ($1.io, $0.pid) }, .io),
            (candidates.filter { $0.waited > 0 }.sorted { ($0.waited, $1.pid) > ($1.waited, $0.pid) }, .waiting),
            (candidates.filter { $0.faults > 0 }.sorted { ($0.faults, $1.pid) > ($1.faults, $0.pid) }, .faults),
        ]
        for rank in 0..<(lists.map(\.0.count).max() ?? 0) {
            for (list, reason) in lists where rank < list.count && chosen.count < limit {
                add(list[rank].pid, reason, in: table)
            }
        }
        // A window needs both ends: who was chosen before for other reasons than being kept stays once more.
        for (pid, detail) in (before?.details ?? [:]).sorted(by: { $0.key < $1.key })
        where detail.selection != .kept && table[pid]?.startTicks == detail.startTicks {
            add(pid, .kept, in: table)
        }
    }

    private mutating func add(_ pid: Int32, _ reason: ProcessDetail.Selection, in table: ProcessTable) {
        guard table[pid] != nil, seen.insert(pid).inserted else { return }
        chosen.append((pid, reason))
    }

    /// Processes that did or waited for something.
    private static func candidates(in table: ProcessTable, _ before: ProcessTable?) -> [Candidate] {
        table.processes.compactMap { process in
            var old = before?[process.pid]
            if old?.startTicks != process.startTicks { old = nil }
            var candidate = Candidate(
                pid: process.pid, cpu: growth(old?.cpuTicks ?? 0, process.cpuTicks),
                faults: growth(old?.majorFaults ?? 0, process.majorFaults),
                blocked: growth(old?.blockDelayTicks ?? 0, process.blockDelayTicks))
            if process.state == "D" { candidate.blocked = max(1, candidate.blocked) }
            if process.state == "R" { candidate.cpu = max(1, candidate.cpu) }
            // Idle kernel threads.
            guard process.state != "I", process.state != "Z" else { return nil }
            return candidate.cpu > 0 || candidate.blocked > 0 || candidate.faults > 0 ? candidate : nil
        }
    }

    /// Adds those whose threads stand still while nothing else shows.
    private func addStalled(
        to candidates: inout [Candidate], _ table: ProcessTable, _ before: ProcessTable?, seconds: UInt64,
        _ reader: HostReader
    ) {
        let blocked = Set(candidates.lazy.filter { $0.blocked > 0 }.map(\.pid)).union(seen)
        let known = (before?.details.values).map { Set($0.lazy.filter { $0.selection == .blocked }.map(\.pid)) }
        let counts = StalledThreads(reader: reader).counts(
            among: table.processes.filter { !$0.isKernelThread && !blocked.contains($0.pid) },
            known: known ?? [], seconds: seconds)
        for (pid, count) in counts.sorted(by: { $0.key < $1.key }) {
            if let index = candidates.firstIndex(where: { $0.pid == pid }) {
                candidates[index].blocked = count
            } else {
                candidates.append(Candidate(pid: pid, cpu: 0, faults: 0, blocked: count))
            }
        }
    }

    private static func growth(_ first: UInt64, _ last: UInt64) -> UInt64 { last > first ? last - first : 0 }
}
