import PerfLinux
import PerfModel

/// All processes by their `stat` file, and a few of them deeply.
package enum ProcessCollector: Collector {
    package static let id = "process"
    package static let explanation = "all processes, and threads, waits, I/O and descriptors of those that matter"

    /// A process is as many bytes at most: the name may hold 64.
    private static let statSize = 2048

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        snapshot.taskDelays = TaskDelaySource.available(
            in: reader, for: snapshot.target, rights: snapshot.observerRights)
        let pids: [Int32]
        do throws(SystemCallError) {
            pids = try reader.numbers(in: "/proc")
        } catch {
            snapshot.processes = .unavailable(reason: error.summary, remedy: "mount -t proc proc /proc")
            return
        }
        var table = ProcessTable(processes: [], details: [:], activity: [:], blindness: ProcessTable.Blindness())
        table.processes.reserveCapacity(pids.count)
        var buffer = [UInt8](repeating: 0, count: statSize)
        for pid in pids {
            do throws(SystemCallError) {
                let count = try reader.processStat(pid, into: &buffer)
                if let process = ProcessSample(parsing: buffer, count: count), process.pid == pid {
                    table.processes.append(process)
                } else if count == 0 {
                    table.blindness.vanished += 1
                } else {
                    table.blindness.malformed += 1
                }
            } catch {
                if error.hasEnded { table.blindness.vanished += 1 } else { table.blindness.unreadable += 1 }
            }
        }
        // Without hidepid the first process can be seen by everybody.
        table.blindness.hidesOthers = !pids.isEmpty && pids.first != 1 && isMountedHiding(reader)

        let group = CgroupPaths.read(of: snapshot.target, from: reader)
        let selection = ProcessSelection(
            table: &table, previous: previous, target: snapshot.target,
            group: snapshot.target == nil ? [] : members(of: group.value, reader),
            stallsAt: StalledThreads.isWorthwhile(snapshot, after: previous)
                ? snapshot.takenAt.monotonic / 1_000_000_000 : nil,
            reader: reader)
        var details = DetailReader(
            reader: reader, readsDelays: snapshot.taskDelays.value != nil, rights: snapshot.observerRights)
        for (pid, reason) in selection.chosen {
            guard let process = table[pid] else { continue }
            table.details[pid] = details.detail(of: process, chosenFor: reason)
        }
        table.blindness.deniedFiles = details.denied
        snapshot.processes = .available(table)
    }

    /// Processes of the target's cgroup; none for the root, which has all.
    private static func members(of paths: CgroupPaths?, _ reader: HostReader) -> [Int32] {
        guard let main = paths?.main, main.path != "/" else { return [] }
        return reader.value(at: "\(main.directory)/cgroup.procs") { bytes in
            bytes.lines.compactMap { $0.unsigned.flatMap { Int32(exactly: $0) } }.sorted()
        } ?? []
    }

    private static func isMountedHiding(_ reader: HostReader) -> Bool {
        reader.value(at: "/proc/self/mounts") { bytes in
            bytes.lines.contains { line in
                let fields = line.fields
                return fields.count >= 4 && fields[1].elementsEqual("/proc".utf8)
                    && fields[3].text.split(separator: ",").contains {
                        $0.hasPrefix("hidepid=") && $0 != "hidepid=0" && $0 != "hidepid=off"
                    }
            }
        } ?? false
    }
}

extension SystemCallError {
    /// Whether it says that the process has ended.
    var hasEnded: Bool { errno == 2 || errno == 3 }

    /// Whether it says that one is not allowed to look.
    var isDenied: Bool { errno == 1 || errno == 13 }
}

extension TaskDelaySource {
    /// Whether delays are counted, and whether we may ask for them.
    static func available(
        in reader: HostReader, for target: Int32?, rights: ObserverRights
    ) -> Availability<TaskDelaySource> {
        if reader.number(at: "/proc/sys/kernel/task_delayacct") == 0 {
            return .unavailable(
                reason: "the kernel does not count the delays of threads",
                remedy: "sysctl kernel.task_delayacct=1, then restart the target: only what starts later is counted")
        }
        do throws(SystemCallError) {
            let version = try reader.delays(of: target ?? reader.ownProcess ?? 1).version
            guard version >= 9 else {
                return .unavailable(
                    reason: "taskstats version \(version) is too old", remedy: "use Linux 4.20 or later")
            }
            return .available(TaskDelaySource(version: version))
        } catch {
            let remedy = error.isDenied ? rights.remedy(needing: .netAdmin, others: error.remedy ?? "") : error.remedy
            return .unavailable(reason: error.summary, remedy: remedy)
        }
    }
}
