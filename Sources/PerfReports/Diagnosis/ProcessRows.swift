import PerfHost
import PerfModel

/// The processes that did most of something: CPU time, major faults, disk traffic, waiting.
struct ProcessRows {
    struct Row {
        var pid: Int32
        var name: String
        /// Secrets replaced; empty where it is not known.
        var commandLine: String
        /// Mean number of CPUs.
        var cpus: Double
        /// That children used which have ended.
        var childCPUs: Double
        var majorFaultsPerSecond: Double
        /// Nil where it was not seen.
        var readBytesPerSecond: Double?
        var writtenBytesPerSecond: Double?
        /// Mean number of its threads that waited for a CPU; nil where it was not seen.
        var waiting: Double?
        /// What its threads waited for, and how many of them in the mean, most first; without waits for work.
        var waits: [(reason: WaitReason, threads: Double)]
        /// Whether it is perfdoctor.
        var isObserver: Bool
    }

    /// Most CPU time first.
    let rows: [Row]
    /// Of all that were there.
    let count: Int
    /// Why there are none, where none could be seen.
    let reason: String?

    private static let perOrder = 5

    /// - Parameters:
    ///   - observation: what was seen.
    ///   - pids: of those that are told in any case.
    init(_ observation: HostObservation, including pids: [Int32]) {
        guard case .available(let table) = observation.whole.processes else {
            if case .unavailable(let reason, _) = observation.whole.processes {
                self.reason = reason
            } else {
                reason = nil
            }
            (rows, count) = ([], 0)
            return
        }
        let accounts = TimeAccount(observation)?.processes ?? []
        let account = Dictionary(accounts.map { ($0.pid, $0) }) { first, _ in first }
        let all = table.processes.map { process in
            let reasons = TimeBudget.reasons.filter { ![.sleep, .idle, .unknown].contains($0) }
                .map { (reason: $0, threads: account[process.pid]?[$0] ?? 0) }
            return Row(
                pid: process.pid, name: process.name,
                commandLine: observation.last.processes.value?.details[process.pid]?.commandLine
                    .joined(separator: " ") ?? "",
                cpus: process.cpus, childCPUs: process.childCPUs,
                majorFaultsPerSecond: process.majorFaultsPerSecond,
                readBytesPerSecond: process.readBytesPerSecond, writtenBytesPerSecond: process.writtenBytesPerSecond,
                waiting: process.waiting,
                waits: reasons.filter { $0.threads >= 0.05 }.sorted { $0.threads > $1.threads },
                isObserver: process.pid == observation.last.observer)
        }
        let orders: [(Row) -> Double] = [
            { $0.cpus }, { $0.majorFaultsPerSecond },
            { ($0.readBytesPerSecond ?? 0) + ($0.writtenBytesPerSecond ?? 0) }, { $0.waiting ?? 0 },
            { $0.waits.reduce(0) { $0 + $1.threads } },
        ]
        var chosen = Set(pids)
        for order in orders {
            let ranked = all.filter { order($0) > 0.001 }.sorted { (order($1), $0.pid) < (order($0), $1.pid) }
            chosen.formUnion(ranked.prefix(Self.perOrder).map(\.pid))
        }
        rows = all.filter { chosen.contains($0.pid) }.sorted { ($1.cpus, $0.pid) < ($0.cpus, $1.pid) }
        count = table.processes.count
        reason = nil
    }
}
