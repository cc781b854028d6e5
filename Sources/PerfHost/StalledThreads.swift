import PerfLinux
import PerfModel

/// Processes whose main thread rests while others of their threads stand still: their `stat` shows neither.
///
/// Threads are looked at one by one, so only while something stalls, and so many at most; who was found before comes
/// first, and the others in turn.
struct StalledThreads {
    /// Share of the time in which anything waited for a disk or for memory, from which on it is worth a look.
    private static let leastPressure = 0.05
    private static let mostProcesses = 64
    private static let mostThreads = 512
    private static let mostThreadsOfProcess = 128

    private let reader: HostReader

    init(reader: HostReader) {
        self.reader = reader
    }

    /// Whether something on the host stands still for a disk or for memory.
    static func isWorthwhile(_ now: HostSnapshot, after previous: HostSnapshot?) -> Bool {
        guard let pressure = now.pressure.value else { return false }
        let before = previous?.pressure.value
        let elapsed = previous.map { Double(now.takenAt.monotonic) - Double($0.takenAt.monotonic) } ?? 0
        return [(pressure.io, before?.io), (pressure.memory, before?.memory)].contains { now, old in
            guard let now = now?.some else { return false }
            if now.average10 >= leastPressure * 100 { return true }
            guard let old = old?.some, now.total > old.total, elapsed > 0 else { return false }
            return Double(now.total - old.total) * 1000 >= leastPressure * elapsed
        }
    }

    /// How many threads of each process wait in a way that nothing interrupts, for those that have any.
    ///
    /// - Parameters:
    ///   - processes: those that come into question, by pid.
    ///   - known: those that were found in the snapshot before.
    ///   - seconds: any time; another one begins elsewhere.
    /// - Returns: by pid.
    func counts(among processes: [ProcessSample], known: Set<Int32>, seconds: UInt64) -> [Int32: UInt64] {
        let many = processes.filter { $0.threadCount > 1 }
        guard !many.isEmpty else { return [:] }
        let start = Int(seconds % UInt64(many.count))
        let inTurn = many[start...] + many[..<start]
        let ordered = inTurn.filter { known.contains($0.pid) } + inTurn.filter { !known.contains($0.pid) }
        var result: [Int32: UInt64] = [:]
        var room = Self.mostThreads
        for process in ordered.prefix(Self.mostProcesses) where room > 0 {
            let tids: [Int32]
            do throws(SystemCallError) {
                tids = try reader.numbers(in: "/proc/\(process.pid)/task")
            } catch {
                // It has ended, or may not be seen.
                continue
            }
            let looked = tids.filter { $0 != process.pid }.prefix(min(room, Self.mostThreadsOfProcess))
            room -= looked.count
            let stalled = looked.count { tid in
                reader.value(at: "/proc/\(process.pid)/task/\(tid)/stat") {
                    ProcessStat(parsing: $0, count: $0.count)?.state == "D"
                } ?? false
            }
            if stalled > 0 { result[process.pid] = UInt64(stalled) }
        }
        return result
    }
}
