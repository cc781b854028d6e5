import PerfAllocations
import PerfLinux
import PerfModel
import PerfProfiles

/// A look at the heap of a running process that nobody prepared: what lives in it by type, and what leaks.
package struct HeapSnapshotSession {
    private let pid: Int32
    private let suppressions: [LeakSuppression]

    /// - Parameters:
    ///   - pid: of the process.
    ///   - suppressions: leaks that are known and not to be counted.
    package init(pid: Int32, suppressions: [LeakSuppression] = []) {
        self.pid = pid
        self.suppressions = suppressions
    }

    /// Stops the process for as long as a fork of it takes, and looks at the copy.
    ///
    /// - Returns: the profile, and which process it is of.
    /// - Throws: why it cannot be looked at; it goes on unharmed.
    package func record() throws -> HeapSession.Recording {
        let startedAt = WallClock.nanosecondsSince1970()
        let start = MonotonicClock.nanoseconds
        let target = try RunningProcess(pid: pid)
        let search = try LeakSearch(of: pid)
        let recorded = HeapRecording(
            process: HeapRecording.Process(pid: pid, name: target.name, search: search),
            duration: MonotonicClock.nanoseconds &- start)
        var profile = try HeapSession.profile(of: recorded, target: target.command, suppressions: suppressions)
        profile.startedAt = startedAt
        profile.extras?.heap?.isSnapshot = true
        return HeapSession.Recording(profile: profile, pid: pid, name: target.name)
    }
}
