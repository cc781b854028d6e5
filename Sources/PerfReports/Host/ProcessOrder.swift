import PerfHost

/// What a table of processes is sorted by, the largest first.
package enum ProcessOrder: String, CaseIterable, Sendable {
    case cpu, memory, io, faults, waits

    /// Sorted; what is not known comes last, and equal ones by pid.
    func sorted(_ processes: [ProcessRates], in window: HostWindow) -> [ProcessRates] {
        processes.map { (key: key($0, in: window), process: $0) }.sorted { left, right in
            if left.key != right.key { return left.key > right.key }
            return left.process.pid < right.process.pid
        }.map(\.process)
    }

    private func key(_ process: ProcessRates, in window: HostWindow) -> (Double, Double) {
        let second = process.cpus
        return switch self {
        case .cpu: (process.cpus, process.movedBytesPerSecond ?? -1)
        case .memory: (Double(window.last.residentBytes(ofProcess: process.pid) ?? 0), second)
        case .io: (process.movedBytesPerSecond ?? -1, second)
        case .faults: (process.majorFaultsPerSecond, process.minorFaultsPerSecond)
        case .waits: (process.waiting ?? -1, second)
        }
    }
}
