import PerfLinux
import PerfModel

/// A process by its `stat` file; of all processes of the host.
///
/// Ticks are ``HostSnapshot/ticksPerSecond`` to the second.
package typealias ProcessSample = ProcessStat

/// A process of one boot of one host: pids are used again.
package struct ProcessIdentity: Hashable, Sendable {
    package var pid: Int32
    package var startTicks: UInt64
}

extension ProcessSample {
    package var identity: ProcessIdentity { ProcessIdentity(pid: pid, startTicks: startTicks) }
}

/// `/proc/PID/io`, bytes and calls.
package struct ProcessIO: Hashable, Sendable {
    /// Through read and write calls, from the page cache as well.
    package var readCharacters: UInt64
    package var writtenCharacters: UInt64
    package var readCalls: UInt64
    package var writeCalls: UInt64
    /// Bytes that it made block devices move.
    package var readBytes: UInt64
    package var writtenBytes: UInt64
    package var cancelledBytes: UInt64
}

/// `/proc/PID/schedstat`: nanoseconds.
package struct RunDelay: Hashable, Sendable {
    package var run: UInt64
    /// Ready to run, without a CPU; time in which a cgroup is throttled is included.
    package var wait: UInt64
    package var timeslices: UInt64
}

/// Exact delays of one thread by the kernel's taskstats, nanoseconds and numbers of waits.
///
/// Source: linux/taskstats.h, version 14 and later.
package struct TaskDelays: Hashable, Sendable, Codable {
    package struct Delay: Hashable, Sendable, Codable {
        package var count: UInt64
        /// Nanoseconds.
        package var total: UInt64

        package init(count: UInt64, total: UInt64) {
            self.count = count
            self.total = total
        }

        private enum CodingKeys: String, CodingKey {
            case count
            case total = "total_ns"
        }
    }

    package var version: UInt16
    package var cpu: Delay
    /// Synchronous block I/O.
    package var blockIO: Delay
    package var swapIn: Delay
    /// Direct reclaim.
    package var reclaim: Delay
    package var thrashing: Delay
    package var compaction: Delay
    /// Version 13: copies of shared pages.
    package var writeProtectCopy: Delay
    /// Version 14: soft and hard interrupts.
    package var interrupts: Delay

    private enum CodingKeys: String, CodingKey {
        case version, cpu
        case blockIO = "block_io"
        case swapIn = "swap_in"
        case reclaim, thrashing, compaction
        case writeProtectCopy = "write_protect_copy"
        case interrupts
    }
}

/// That taskstats answers, and in which version.
package struct TaskDelaySource: Hashable, Sendable, Codable {
    package var version: UInt16
}

/// A thread of a process that is looked at deeply.
package struct ThreadSample: Equatable, Sendable {
    package var tid: Int32
    package var name: String
    package var state: Character
    package var userTicks: UInt64
    package var systemTicks: UInt64
    package var minorFaults: UInt64
    package var majorFaults: UInt64
    package var startTicks: UInt64
    package var blockDelayTicks: UInt64
    package var processor: Int
    package var runDelay: Availability<RunDelay>
    /// Nil where ``HostSnapshot/taskDelays`` is unavailable.
    package var delays: TaskDelays?
}

/// Descriptors of a process by what they refer to.
package struct DescriptorCounts: Hashable, Sendable {
    package var total: Int
    package var files: Int
    package var sockets: Int
    package var pipes: Int
    package var devices: Int
    /// epoll, eventfd, timerfd and the like.
    package var anonymous: Int
    /// More than were looked at one by one; the kinds are of the first ones then.
    package var isTruncated: Bool
    /// The soft limit (`ulimit -n`); nil for none or where it cannot be seen.
    package var limit: UInt64?
}

/// What is read only of the processes that matter: the target, its cgroup, and the busiest.
package struct ProcessDetail: Equatable, Sendable {
    package var pid: Int32
    package var startTicks: UInt64
    /// Arguments, secrets replaced; empty for kernel threads.
    package var commandLine: [String]
    /// Path in the cgroup tree (v2, else that of v1's CPU controller).
    package var cgroup: String?
    /// Effective user id.
    package var user: UInt32?
    /// Fields of `status` in bytes: `VmRSS`, `VmSwap`, `RssAnon` and so on.
    package var memory: [String: UInt64]
    package var voluntarySwitches: UInt64?
    package var involuntarySwitches: UInt64?
    package var io: Availability<ProcessIO>
    package var threads: [ThreadSample]
    /// More than were looked at.
    package var threadsAreTruncated: Bool
    package var descriptors: Availability<DescriptorCounts>
    /// Why this process was chosen.
    package var selection: Selection

    package enum Selection: String, Hashable, Sendable {
        case target
        /// Started by the target, or by one that it started.
        case descendant
        /// Somebody asked for it.
        case pinned
        case cgroup
        case cpu
        case faults
        case blocked
        /// It waited for a CPU.
        case waiting
        case io
        /// It was chosen in the snapshot before.
        case kept
    }
}

/// All processes of the host.
package struct ProcessTable: Equatable, Sendable {
    /// By pid, ascending.
    package var processes: [ProcessSample]
    /// By pid.
    package var details: [Int32: ProcessDetail]
    /// Of processes that were active: what decides who is looked at deeply next.
    package var activity: [Int32: Activity]
    /// What could not be seen, counted.
    package var blindness: Blindness

    package struct Activity: Hashable, Sendable {
        /// Moved to and from block devices since it began; nil where it may not be seen.
        package var ioBytes: UInt64?
        /// Nanoseconds for which its main thread waited for a CPU since it began.
        package var waited: UInt64?
    }

    package struct Blindness: Hashable, Sendable {
        /// Processes whose `stat` may not be read.
        package var unreadable = 0
        /// Files of selected processes that may not be read, by name: `"io"`, `"syscall"`.
        package var deniedFiles: [String: Int] = [:]
        /// Processes whose `stat` did not have the form that is documented.
        package var malformed = 0
        /// /proc is mounted with hidepid: processes of other users are missing.
        package var hidesOthers = false
        /// Processes that ended while they were read; no loss.
        package var vanished = 0

        package var isEmpty: Bool {
            unreadable == 0 && deniedFiles.isEmpty && malformed == 0 && !hidesOthers
        }
        package init() {}
    }

    package subscript(_ pid: Int32) -> ProcessSample? {
        var low = 0
        var high = processes.count
        while low < high {
            let middle = (low + high) / 2
            if processes[middle].pid < pid { low = middle + 1 } else { high = middle }
        }
        guard low < processes.count, processes[low].pid == pid else { return nil }
        return processes[low]
    }

    /// A process and all that it, or one that it started, started and that still runs, in the order of their distance.
    package func family(of pid: Int32) -> [Int32] {
        var children: [Int32: [Int32]] = [:]
        for process in processes where process.pid != process.parent {
            children[process.parent, default: []].append(process.pid)
        }
        var family = [pid]
        var seen: Set<Int32> = [pid]
        var index = 0
        while index < family.count {
            for child in children[family[index]] ?? [] where seen.insert(child).inserted { family.append(child) }
            index += 1
        }
        return family
    }
}
