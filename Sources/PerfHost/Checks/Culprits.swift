import PerfLinux
import PerfModel

/// Who uses most of something.
package enum Culprits {
    /// What one thread is of all that its process runs, 0...1.
    static func share(of run: Double, in process: ProcessRates) -> Double {
        let all = process.threads.reduce(0) { $0 + $1.run }
        return all > 0 ? run / all : 0
    }
}

extension HostObservation {
    /// Whether a process is who is diagnosed: the target, one of its descendants, or any process without a target.
    ///
    /// Not the whole cgroup: in a session or a container neighbours share it, and what they wait for is not the
    /// target's trouble.
    package func isOfTarget(_ process: ProcessRates) -> Bool { family?.contains(process.pid) ?? true }

    /// Whether a process may be responsible: the target, one that shares its cgroup, or any process without a target.
    package func isOfTargetOrCgroup(_ process: ProcessRates) -> Bool {
        if isOfTarget(process) { return true }
        guard case .available(let state) = last.cgroup, !state.isRoot else { return false }
        return state.processes.contains(process.pid)
    }
}

extension HostSnapshot {
    /// Nil for a process that was not there, or could not be seen.
    package func name(ofProcess pid: Int32) -> String? { processes.value?[pid]?.name }

    /// Bytes of a process that are in memory; nil for one that is not there.
    package func residentBytes(ofProcess pid: Int32) -> UInt64? {
        processes.value?[pid].map { $0.residentPages &* pageSize }
    }
}
