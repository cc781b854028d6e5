import PerfModel

/// What perfdoctor keeps in a profile beside pprof's own fields.
///
/// A bytes field with a high number holds this value as JSON. Readers that drop it lose extras, never samples.
package struct ProfileExtras: Hashable, Sendable, Codable {
    /// How many samples were taken, and how good they are.
    package struct Counts: Hashable, Sendable, Codable {
        /// Samples in the profile.
        package var samples: UInt64 = 0
        /// Samples that the kernel could not store because a ring was full.
        package var lost: UInt64 = 0
        /// Times the kernel throttled the event.
        package var throttled: UInt64 = 0
        /// Samples whose stack is longer than what was captured.
        package var truncated: UInt64 = 0
        /// Samples unwound by frame pointers alone because the unwinder fell behind.
        package var degraded: UInt64 = 0
        /// Samples whose stack reaches neither main nor the thread's start; truncated ones included.
        package var unrooted: UInt64 = 0
        /// Samples with a frame that a prologue guess found, for lack of unwind information.
        package var guessed: UInt64 = 0
        /// Samples that could not be read: malformed or of an unknown process.
        package var malformed: UInt64 = 0

        package init() {}

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            samples = try container.decodeIfPresent(UInt64.self, forKey: .samples) ?? 0
            lost = try container.decodeIfPresent(UInt64.self, forKey: .lost) ?? 0
            throttled = try container.decodeIfPresent(UInt64.self, forKey: .throttled) ?? 0
            truncated = try container.decodeIfPresent(UInt64.self, forKey: .truncated) ?? 0
            degraded = try container.decodeIfPresent(UInt64.self, forKey: .degraded) ?? 0
            unrooted = try container.decodeIfPresent(UInt64.self, forKey: .unrooted) ?? 0
            guessed = try container.decodeIfPresent(UInt64.self, forKey: .guessed) ?? 0
            malformed = try container.decodeIfPresent(UInt64.self, forKey: .malformed) ?? 0
        }
    }

    /// Version of this value's layout; a reader that knows only older ones ignores the whole.
    package var version = 1
    package var tool = ToolVersion.current
    package var host: HostDescription?
    package var counts = Counts()
    /// `cpu`, `off-cpu` or `wall`.
    package var clock = "cpu"
    /// Where times of waits come from, `bpf` or `events`; nil in recordings of CPU time only.
    package var waitSource: String?
    /// The kernel event that triggered the samples: `cpu-clock`, `cycles`.
    package var event = ""
    /// Samples per second that were asked for.
    package var frequencyHz = 0
    /// `auto`, `fp` or `dwarf`.
    package var unwind = "auto"
    /// What was recorded: the command line, or the processes.
    package var target = ""
    /// Whether it is one run of a program from its start to its end.
    package var isWholeRun = false
    /// Share of the time in which some thread on the host was ready and had no CPU, 0...1; nil when unknown.
    package var cpuPressure: Double?
    package var warnings: [Warning] = []
    /// The profile's `timeline` while it is in a file; nil in memory.
    package var timeline: EncodedTimeline?

    /// What each thread did at all times; empty in recordings of CPU time only.
    package var threadTimes: [ThreadTimes] = []

    /// How long a thread was in each state, in nanoseconds: together, its time in the recording.
    package struct ThreadTimes: Hashable, Sendable, Codable {
        package var processID: Int64
        package var threadID: Int64
        package var onCPU: UInt64
        package var runnable: UInt64
        package var blocked: UInt64
        /// While records were lost.
        package var unknown: UInt64

        package init(
            processID: Int64, threadID: Int64, onCPU: UInt64, runnable: UInt64, blocked: UInt64, unknown: UInt64
        ) {
            self.processID = processID
            self.threadID = threadID
            self.onCPU = onCPU
            self.runnable = runnable
            self.blocked = blocked
            self.unknown = unknown
        }

        private enum CodingKeys: String, CodingKey {
            case processID = "pid"
            case threadID = "tid"
            case onCPU = "on_cpu_ns"
            case runnable = "runnable_ns"
            case blocked = "blocked_ns"
            case unknown = "unknown_ns"
        }
    }

    /// Of heap recordings; nil in all others.
    package var heap: HeapSummary?

    package static let currentVersion = 1

    package init() {}

    /// Reads a value of this or an older program: what it does not have stays at its default.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decode(Int.self, forKey: .version)
        tool = try container.decodeIfPresent(ToolVersion.self, forKey: .tool) ?? ToolVersion(name: "", version: "")
        host = try container.decodeIfPresent(HostDescription.self, forKey: .host)
        counts = try container.decodeIfPresent(Counts.self, forKey: .counts) ?? counts
        clock = try container.decodeIfPresent(String.self, forKey: .clock) ?? clock
        waitSource = try container.decodeIfPresent(String.self, forKey: .waitSource)
        event = try container.decodeIfPresent(String.self, forKey: .event) ?? event
        frequencyHz = try container.decodeIfPresent(Int.self, forKey: .frequencyHz) ?? frequencyHz
        unwind = try container.decodeIfPresent(String.self, forKey: .unwind) ?? unwind
        target = try container.decodeIfPresent(String.self, forKey: .target) ?? target
        cpuPressure = try container.decodeIfPresent(Double.self, forKey: .cpuPressure)
        isWholeRun = try container.decodeIfPresent(Bool.self, forKey: .isWholeRun) ?? isWholeRun
        warnings = try container.decodeIfPresent([Warning].self, forKey: .warnings) ?? warnings
        threadTimes = try container.decodeIfPresent([ThreadTimes].self, forKey: .threadTimes) ?? threadTimes
        heap = try container.decodeIfPresent(HeapSummary.self, forKey: .heap)
    }

    private enum CodingKeys: String, CodingKey {
        case version, tool, host, counts, clock, event, unwind, target, warnings, timeline, heap
        case frequencyHz = "frequency_hz"
        case threadTimes = "thread_times"
        case waitSource = "wait_source"
        case isWholeRun = "whole_run"
        case cpuPressure = "cpu_pressure"
    }
}
