import PerfModel

/// What a heap recording knows beside its samples: totals, the peak, how the heap grew, what the memory is.
///
/// Kept in the profile's extras.
package struct HeapSummary: Hashable, Sendable, Codable {
    package struct Amount: Hashable, Sendable, Codable {
        package var count: UInt64
        package var bytes: UInt64

        package init(count: UInt64 = 0, bytes: UInt64 = 0) {
            self.count = count
            self.bytes = bytes
        }
    }

    package struct Peak: Hashable, Sendable, Codable {
        /// Highest live bytes that were seen.
        package var bytes: UInt64 = 0
        /// Nanoseconds since the recording began.
        package var at: UInt64 = 0
        /// What the stacks of the peak add up to: they are copied shortly before, at most so much less.
        package var copied: UInt64 = 0

        package init() {}

        private enum CodingKeys: String, CodingKey {
            case bytes
            case at = "at_ns"
            case copied = "copied_bytes"
        }
    }

    /// The heap over time; all three lists have one entry for each point.
    package struct Growth: Hashable, Sendable, Codable {
        /// Nanoseconds since the recording began.
        package var times: [UInt64] = []
        package var live: [UInt64] = []
        package var resident: [UInt64] = []

        package init() {}

        private enum CodingKeys: String, CodingKey {
            case times = "at_ns"
            case live = "live_bytes"
            case resident = "rss_bytes"
        }
    }

    /// One of several processes.
    package struct Process: Hashable, Sendable, Codable {
        package var name: String
        package var pid: Int32
        package var live: Amount

        package init(name: String, pid: Int32, live: Amount) {
            self.name = name
            self.pid = pid
            self.live = live
        }
    }

    /// Mean distance between sampled bytes; nil where every block was recorded.
    package var sampleBytes: UInt64?
    package var allocations = Amount()
    package var frees = Amount()
    package var live = Amount()
    /// Blocks that the next heap call of their thread freed.
    package var temporaryCount: UInt64 = 0
    package var peak = Peak()
    package var growth = Growth()
    /// Standard error of the allocated bytes; 0 where every block was recorded.
    package var bytesError = 0.0
    /// What the memory of the processes is; nil where nobody could look.
    package var use: MemoryUse?
    /// Which process `use`, `growth` and the highest peak are of, and what lived in it; nil where it is the only one.
    package var largest: Process?
    /// Processes recorded, children included.
    package var processCount = 1
    /// Nil where nobody looked for leaks, or could not.
    package var leaks: HeapLeaks?
    /// Whether a running process was looked at once, and nothing is known of what it allocated before.
    package var isSnapshot: Bool?
    /// Nanoseconds that a thread stood still for a recording to begin in its running process; nil for launched programs.
    ///
    /// What the process had allocated before is not in the recording.
    package var attachPause: UInt64?
    /// Whether the process ran already when the recording began.
    package var isAttached: Bool { attachPause != nil }

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case allocations, frees, live, peak, growth
        case sampleBytes = "sample_bytes"
        case temporaryCount = "temporary_count"
        case bytesError = "bytes_error"
        case use = "memory"
        case largest = "largest_process"
        case processCount = "processes"
        case leaks
        case isSnapshot = "snapshot"
        case attachPause = "attach_pause_ns"
    }
}
