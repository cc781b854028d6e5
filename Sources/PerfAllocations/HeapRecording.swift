import PerfLeaks
import PerfModel

/// What was recorded of the heaps of a program and its children.
package struct HeapRecording: Sendable {
    package struct Amount: Hashable, Sendable {
        package var count: UInt64
        package var bytes: UInt64
    }

    /// A live part of what a stack allocated.
    package struct Live: Hashable, Sendable {
        /// Nil for blocks that are no objects.
        package var type: String?
        package var count: UInt64
        package var bytes: UInt64

        package init(type: String?, count: UInt64, bytes: UInt64) {
            self.type = type
            self.count = count
            self.bytes = bytes
        }
    }

    /// Everything about one stack.
    package struct Site: Sendable {
        /// Leaf first; return addresses, as the process saw them.
        package var stack: HeapMemory.Stack?
        package var counts: HeapCounts
        package var peakCount: UInt64
        package var peakBytes: UInt64
        /// The type of blocks that were freed; nil where they had none.
        package var freedType: String?
        package var live: [Live]
        /// Whether its live memory only ever grew.
        package var isGrowing: Bool
        /// What of it leaks, in groups that are alike.
        package var leaks: [LeakReport.Group] = []
    }

    /// What is known of leaks.
    package enum Leaks: Sendable {
        case notSearched
        /// Why, and what to do.
        case notFound(reason: String, remedy: String?)
        case searched(LeakSearch)
    }

    /// What ended the tracking of a process that went on.
    package enum Stop: Hashable, Sendable {
        /// It limited its own address space.
        case addressSpace
        /// What is counted for each block would soon not have fitted its memory cgroup, which allows so many bytes.
        case memory(limit: UInt64)
    }

    /// How sure the numbers of a process are.
    package struct Doubts: Hashable, Sendable {
        package var nested: UInt64 = 0
        package var unknownFrees: UInt64 = 0
        package var unseenFrees: UInt64 = 0
        package var outOfRange: UInt64 = 0
        package var overflow: UInt64 = 0
        package var fullBuckets: UInt64 = 0
        package var tornStacks: UInt64 = 0
        package var unwound: UInt64 = 0
        package var sharedThreads: UInt64 = 0
        package var untrackedForks: UInt64 = 0
        package var hasLibunwind = true
        /// Whether it was looked at before it ended: else live blocks have the types of freed ones at best.
        package var wasSeenEnding = true
        /// Why the tracking ended before the process; nil where it did not.
        package var stop: Stop?
        /// Bytes that its cgroup allows, where the kernel killed for want of memory there; nil otherwise.
        package var memoryLimit: UInt64?
        /// What the counters take, in bytes; charged to the cgroup of the process.
        package var ownByteCount: UInt64 = 0
        /// Whether it was sampled because it could not map the memory for more.
        package var isSmall = false
        /// File of an allocator that is not the C library's; empty for none.
        package var allocator = ""
    }

    package struct Process: Sendable {
        package var pid: Int32
        package var name: String
        package var sites: [Site]
        package var images: CodeImages
        package var timeline: HeapTimeline
        /// Highest live bytes that were seen.
        package var peakBytes: UInt64
        /// Nanoseconds since the recording began.
        package var peakTime: UInt64
        /// What the sites' peaks add up to: at most `peakBytes`, copied at each rise by a sixteenth at the latest.
        package var peakCopyBytes: UInt64
        package var use: MemoryUse?
        package var leaks = Leaks.notSearched
        package var doubts: Doubts
    }

    package var processes: [Process]
    /// Mean distance between sampled bytes; nil where every block was recorded.
    package var sampleBytes: UInt64?
    /// Whether a running process was looked at once: nobody saw what it allocated, nor who did.
    package var isSnapshot = false
    /// Processes that were sampled for want of address space.
    package var smallCount: Int
    /// Nanoseconds.
    package var duration: UInt64
}
