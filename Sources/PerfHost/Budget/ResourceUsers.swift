import PerfLinux
import PerfModel

/// Who uses a resource or waits for it, most first.
package struct ResourceUser: Hashable, Sendable {
    package var pid: Int32
    package var process: String
    package var tid: Int32?
    package var thread: String?
    /// Of what all use of it, or wait for it, 0...1.
    package var share: Double
    /// What it does, behind its name in a sentence: `"uses 1.9 CPUs"`.
    package var detail: String
}

package enum ResourceUsers {
    /// Users of one resource among those who are diagnosed.
    ///
    /// - Parameters:
    ///   - resource: which one.
    ///   - observation: what was seen.
    ///   - account: what threads did; nil where that was not seen.
    /// - Returns: at most five; empty where nobody uses it or nobody can tell.
    package static func of(
        _ resource: Resource, in observation: HostObservation, account: TimeAccount?
    ) -> [ResourceUser] {
        let processes = (observation.whole.processes.value?.processes ?? []).filter {
            observation.isOfTargetOrCgroup($0) && $0.pid != observation.last.observer
        }
        switch resource {
        case .cpu: return cpu(processes, observation, account)
        case .memory: return memory(processes, observation, account)
        case .disk: return disk(processes, account)
        case .network: return waiting(.network, account, "waits for its peers")
        case .database: return waiting(.database, account, "waits for the database")
        case .cache: return waiting(.cache, account, "waits for the cache")
        case .lock: return waiting(.lock, account, "waits for locks")
        }
    }

    private static let limit = 5

    private static func cpu(
        _ processes: [ProcessRates], _ observation: HostObservation, _ account: TimeAccount?
    ) -> [ResourceUser] {
        let seen = processes.reduce(0) { $0 + $1.cpus }
        let busy = (observation.whole.cpu.value?.total.busy ?? 0) * Double(observation.whole.cpu.value?.cpus.count ?? 0)
        // What is used and nobody who lives has used: processes that came and went.
        let gone = observation.target == nil ? max(0, busy - seen) : 0
        let all = max(seen + gone, 1e-9)
        guard all > 0.01 else { return [] }
        // What a target that runs more than it waits for CPUs suffers from is first of all its own work.
        let isOwnWork = observation.target != nil && account.map { $0.budget.onCPU > $0.budget.runnable } ?? false
        func rank(_ process: ProcessRates) -> (Int, Double) {
            (isOwnWork && observation.isOfTarget(process) ? 1 : 0, process.cpus)
        }
        var users = processes.filter { $0.cpus > 0.01 }.sorted { rank($0) > rank($1) }.prefix(limit).map { process in
            // Workers of one program are one user: the heaviest stands for them.
            let alike = processes.filter { $0.name == process.name && $0.cpus > 0.01 }
            let together = alike.reduce(0) { $0 + $1.cpus }
            let thread = account?.processes.first { $0.pid == process.pid }?.threads.max { $0.onCPU < $1.onCPU }
            var detail = "uses \(Words.fixed(process.cpus)) CPUs"
            if alike.count > 1, together > process.cpus * 1.5 {
                detail = "and \(alike.count - 1) like it use \(Words.fixed(together)) CPUs"
            }
            if process.systemCPUs > process.cpus * 0.5 {
                detail += ", \(Words.percent(process.systemCPUs / process.cpus)) of it in the kernel"
            }
            return ResourceUser(
                pid: process.pid, process: process.name, tid: thread?.tid, thread: thread?.name,
                share: min(1, together / all), detail: detail)
        }
        guard gone > 0.2, gone > all * 0.3, gone / all > users.first?.share ?? 0 else { return users }
        // Whoever waited for most of them; of parent and grandparent, who have waited for the same, the younger one.
        let parent = processes.filter { $0.childCPUs > gone * 0.2 }.max {
            (($0.childCPUs * 10).rounded(), $0.pid) < (($1.childCPUs * 10).rounded(), $1.pid)
        }
        guard let parent else { return users }
        let rate = Double(observation.whole.cpu.value?.forks ?? 0) / max(observation.whole.elapsedSeconds, 1e-9)
        users.insert(
            ResourceUser(
                pid: parent.pid, process: parent.name, tid: nil, thread: nil, share: gone / all,
                detail: "starts processes that end soon (\(Words.fixed(rate)) start a second): they use "
                    + "\(Words.fixed(gone)) CPUs"), at: 0)
        return Array(users.prefix(limit))
    }

    private static func memory(
        _ processes: [ProcessRates], _ observation: HostObservation, _ account: TimeAccount?
    ) -> [ResourceUser] {
        var stalled: [Int32: Double] = [:]
        for process in account?.processes ?? [] { stalled[process.pid] = process[.memory] }
        let faults = processes.reduce(0) { $0 + $1.majorFaultsPerSecond }
        let stalls = stalled.values.reduce(0, +)
        if faults >= 10 || stalls > 0.05 {
            func score(_ process: ProcessRates) -> Double {
                (stalls > 0.05 ? (stalled[process.pid] ?? 0) / stalls : 0)
                    + (faults >= 10 ? process.majorFaultsPerSecond / faults : 0)
            }
            let both = (stalls > 0.05 ? 1.0 : 0) + (faults >= 10 ? 1 : 0)
            return processes.filter { score($0) > 0 }.sorted { score($0) > score($1) }.prefix(limit).map { process in
                let stall = stalled[process.pid] ?? 0
                var parts: [String] = []
                if stall > 0.005 {
                    parts.append(
                        "stands still \(Words.percent(min(1, stall / Double(max(1, process.threadCount)))))"
                            + " of the time for pages")
                }
                if process.majorFaultsPerSecond >= 1 {
                    parts.append("\(Words.grouped(process.majorFaultsPerSecond)) major faults/s")
                }
                return ResourceUser(
                    pid: process.pid, process: process.name, tid: nil, thread: nil, share: score(process) / both,
                    detail: parts.joined(separator: ", "))
            }
        }
        // Nobody stalls: who holds it.
        let sizes =
            observation.last.processes.value.map { table in
                processes.compactMap { process in
                    table[process.pid].map { (process, $0.residentBytes(observation.last)) }
                }
            } ?? []
        let all = sizes.reduce(0) { $0 + $1.1 }
        guard all > 0 else { return [] }
        return sizes.sorted { $0.1 > $1.1 }.prefix(limit).filter { $0.1 > 0 }.map { process, bytes in
            ResourceUser(
                pid: process.pid, process: process.name, tid: nil, thread: nil, share: bytes / all,
                detail: "holds \(Words.bytes(bytes))")
        }
    }

    private static func disk(_ processes: [ProcessRates], _ account: TimeAccount?) -> [ResourceUser] {
        var waits: [Int32: Double] = [:]
        for process in account?.processes ?? [] { waits[process.pid] = process[.disk] }
        func bytes(_ process: ProcessRates) -> Double {
            (process.readBytesPerSecond ?? 0) + (process.writtenBytesPerSecond ?? 0)
        }
        let allWaits = waits.values.reduce(0, +)
        let allBytes = processes.reduce(0) { $0 + bytes($1) }
        guard allWaits > 0.02 || allBytes > 0 else { return [] }
        func score(_ process: ProcessRates) -> Double {
            // A kernel thread that writes back works for somebody else.
            (allWaits > 0.02 ? (waits[process.pid] ?? 0) / allWaits * (process.isKernelThread ? 0.1 : 1) : 0)
                + (allBytes > 0 ? bytes(process) / allBytes * 0.5 : 0)
        }
        let all = processes.reduce(0) { $0 + score($1) }
        return processes.filter { score($0) > 0 }.sorted { score($0) > score($1) }.prefix(limit).map { process in
            var parts: [String] = []
            let wait = waits[process.pid] ?? 0
            if wait > 0.005 { parts.append("waits for it with \(Words.fixed(wait)) threads") }
            if let read = process.readBytesPerSecond, read >= 1024 { parts.append("reads \(Words.bytes(read))/s") }
            if let written = process.writtenBytesPerSecond, written >= 1024 {
                parts.append("writes \(Words.bytes(written))/s")
            }
            return ResourceUser(
                pid: process.pid, process: process.name, tid: nil, thread: nil, share: score(process) / all,
                detail: parts.joined(separator: ", "))
        }
    }

    private static func waiting(_ reason: WaitReason, _ account: TimeAccount?, _ what: String) -> [ResourceUser] {
        let all = account?.processes.reduce(0) { $0 + $1[reason] } ?? 0
        guard let account, all > 0.01 else { return [] }
        return account.processes.filter { $0[reason] > 0.005 }.sorted { $0[reason] > $1[reason] }.prefix(limit).map {
            process in
            let thread = process.threads.max { $0[reason] < $1[reason] }
            return ResourceUser(
                pid: process.pid, process: process.name, tid: thread?.tid, thread: thread?.name,
                share: process[reason] / all,
                detail: "\(what) with \(Words.fixed(process[reason])) of its \(process.threads.count) threads")
        }
    }
}

extension ProcessSample {
    fileprivate func residentBytes(_ snapshot: HostSnapshot) -> Double {
        Double(residentPages) * Double(snapshot.pageSize)
    }
}
