import PerfLinux
import PerfModel

/// A host over some seconds: one window over all of it, and the windows that it is made of.
///
/// A class for the reason that ``HostWindow`` is one.
package final class HostObservation: Sendable {
    /// From the first snapshot to the last.
    package let whole: HostWindow
    /// Between neighbouring snapshots; those that count only.
    package let parts: [HostWindow]
    /// The target and its descendants, those that have ended included; nil without a target.
    package let family: Set<Int32>?
    /// Parts that do not count, because the machine stood still or was started again.
    package let invalid: [HostWindow]
    /// What the user set, by the id of the check; a check that asks for another one's limit finds it here.
    private let thresholds: [String: CheckThreshold]

    /// No verdict rests on fewer windows.
    package static let fewestParts = 3

    /// Nil for fewer than two snapshots, or if no window between them counts.
    ///
    /// - Parameters:
    ///   - snapshots: in the order in which they were taken.
    ///   - thresholds: what the user set, by the id of the check.
    package init?(_ snapshots: [HostSnapshot], thresholds: [String: CheckThreshold] = [:]) {
        self.thresholds = thresholds
        let snapshots = Self.withoutRehearsal(snapshots)
        guard let whole = HostWindow(snapshots) else { return nil }
        family = whole.last.target.map { target in
            Set(snapshots.flatMap { $0.processes.value?.family(of: target) ?? [target] })
        }
        let windows = zip(snapshots, snapshots.dropFirst()).map { HostWindow(first: $0, last: $1) }
        parts = windows.filter(\.isValid)
        invalid = windows.filter { !$0.isValid }
        guard let longest = Self.longestRun(of: snapshots, windows) else { return nil }
        self.whole = invalid.isEmpty ? whole : longest
    }

    /// Without a first snapshot that was taken only to see who is busy, so that the next one looks at those.
    private static func withoutRehearsal(_ snapshots: [HostSnapshot]) -> [HostSnapshot] {
        guard snapshots.count >= 3 else { return snapshots }
        func length(_ index: Int) -> UInt64 {
            let (first, last) = (snapshots[index].takenAt.monotonic, snapshots[index + 1].takenAt.monotonic)
            return last > first ? last - first : 0
        }
        return length(0) < length(1) / 2 ? Array(snapshots.dropFirst()) : snapshots
    }

    /// The longest piece without a break.
    private static func longestRun(of snapshots: [HostSnapshot], _ windows: [HostWindow]) -> HostWindow? {
        var best: Range<Int> = 0..<0
        var start = 0
        for index in windows.indices {
            if !windows[index].isValid {
                start = index + 1
            } else if index + 1 - start > best.count {
                best = start..<index + 1
            }
        }
        guard !best.isEmpty else { return nil }
        return HostWindow(Array(snapshots[best.lowerBound...best.upperBound]))
    }

    /// The user's threshold of a check, or its own.
    package func threshold(of check: any Check.Type) -> CheckThreshold { thresholds[check.id] ?? check.threshold }

    package var target: Int32? { whole.last.target }

    package var last: HostSnapshot { whole.last }

    package var rights: ObserverRights { last.observerRights }

    /// Who lives within the limits of the cgroup that was looked at.
    ///
    /// The target, or a container that was looked at from within. Nil for a host: our own cgroup is only that of who
    /// looks.
    package var cgroupOwner: String? {
        if target != nil { return "the target" }
        return rights.isInContainer ? "this container" : nil
    }

    /// CPUs that who is diagnosed may use; nil where nobody can tell.
    package var effectiveCPUs: Double? {
        if cgroupOwner != nil, let limits = last.cpuLimits.value { return limits.effective }
        return whole.cpu.value.map { Double(max(1, $0.cpus.count)) } ?? last.cpuLimits.value.map { Double($0.online) }
    }

    /// Stalls of who is diagnosed: of the target's cgroup where it has one of its own, else of the host.
    package var pressure: Availability<PressureUsage> { Self.pressure(of: whole) }

    package static func pressure(of window: HostWindow) -> Availability<PressureUsage> {
        isCgroupPressure(of: window) ? window.cgroupPressure : window.pressure
    }

    /// Whether ``pressure`` is of the target's cgroup.
    package var isCgroupPressure: Bool { Self.isCgroupPressure(of: whole) }

    /// A cgroup of v1 stands at the root of the tree of v2, whose stalls are those of the host.
    private static func isCgroupPressure(of window: HostWindow) -> Bool {
        guard window.last.target != nil, case .available(let state) = window.last.cgroup, !state.isRoot,
            window.cgroupPressure.value != nil
        else { return false }
        return window.last.cgroupPressure.value?.path.hasSuffix(state.path) ?? false
    }

    /// How many of the parts satisfy a condition, of those in which it can be seen.
    package func count(_ condition: (HostWindow) -> Bool?) -> (true: Int, of: Int) {
        let seen = parts.compactMap(condition)
        return (seen.count { $0 }, seen.count)
    }
}
