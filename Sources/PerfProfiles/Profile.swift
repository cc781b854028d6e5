import PerfModel

/// A profile as pprof defines it: samples over locations, symbolized, complete on its own.
///
/// Indices refer to the arrays of the same value; every index is in range (the decoder checks it).
/// Source: `profile.proto` of google/pprof.
package struct Profile: Hashable, Sendable {
    /// What one value of a sample counts.
    package struct ValueType: Hashable, Sendable {
        /// `"cpu"`, `"samples"`, `"alloc_space"`.
        package var type: String
        /// `"nanoseconds"`, `"count"`, `"bytes"`.
        package var unit: String

        package init(type: String, unit: String) {
            self.type = type
            self.unit = unit
        }
    }

    /// An image that was mapped into a process: an executable, a library, the kernel.
    package struct Mapping: Hashable, Sendable {
        /// First address, as locations of this mapping use it.
        package var start: UInt64
        /// Address after the last one.
        package var limit: UInt64
        /// File offset of `start`, in bytes.
        package var offset: UInt64
        /// Path as the process saw it, or a name in brackets: `"[kernel]"`, `"[vdso]"`.
        package var file: String
        /// Lowercase hexadecimal; empty when unknown.
        package var buildID: String
        /// What has been looked up already; pprof looks up the rest itself, in the files of its own machine.
        package var resolved: Resolution

        package init(
            start: UInt64, limit: UInt64, offset: UInt64, file: String, buildID: String, resolved: Resolution = []
        ) {
            self.start = start
            self.limit = limit
            self.offset = offset
            self.file = file
            self.buildID = buildID
            self.resolved = resolved
        }
    }

    /// The symbol information that a mapping's locations have: `has_functions` and its like.
    package struct Resolution: OptionSet, Hashable, Sendable {
        package var rawValue: UInt8

        package static let functions = Resolution(rawValue: 1 << 0)
        package static let files = Resolution(rawValue: 1 << 1)
        package static let lines = Resolution(rawValue: 1 << 2)
        package static let inlineFrames = Resolution(rawValue: 1 << 3)

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }
    }

    package struct Function: Hashable, Sendable {
        /// Demangled, for people.
        package var name: String
        /// As it stands in the symbol table; empty when unknown.
        package var systemName: String
        /// Source file; empty when unknown.
        package var file: String
        /// Line of the declaration; 0 when unknown.
        package var startLine: Int

        package init(name: String, systemName: String, file: String, startLine: Int) {
            self.name = name
            self.systemName = systemName
            self.file = file
            self.startLine = startLine
        }
    }

    /// A source line inside a function.
    package struct Line: Hashable, Sendable {
        /// Index into `functions`.
        package var function: Int
        /// 0 when unknown.
        package var line: Int
        /// 0 when unknown.
        package var column: Int

        package init(function: Int, line: Int, column: Int = 0) {
            self.function = function
            self.line = line
            self.column = column
        }
    }

    /// A code address; several lines where functions were inlined into one another.
    package struct Location: Hashable, Sendable {
        /// Index into `mappings`.
        package var mapping: Int?
        package var address: UInt64
        /// Innermost (inlined callee) first, the function that holds the address last.
        ///
        /// Empty when unsymbolized.
        package var lines: [Line]
        /// Whether lines of several functions may share this location (identical code folding).
        package var isFolded: Bool

        package init(mapping: Int?, address: UInt64, lines: [Line], isFolded: Bool = false) {
            self.mapping = mapping
            self.address = address
            self.lines = lines
            self.isFolded = isFolded
        }
    }

    package enum LabelValue: Hashable, Sendable {
        case text(String)
        case number(Int64, unit: String)
    }

    /// A key with a value on a sample: see ``LabelKey`` for the keys that perfdoctor writes.
    package struct Label: Hashable, Sendable {
        package var key: String
        package var value: LabelValue

        package init(key: String, value: LabelValue) {
            self.key = key
            self.value = value
        }
    }

    package struct Sample: Hashable, Sendable {
        /// Indices into `locations`, leaf first.
        package var locations: [Int]
        /// One for each of `sampleTypes`.
        package var values: [Int64]
        /// Index into `labelSets`.
        package var labelSet: Int

        package init(locations: [Int], values: [Int64], labelSet: Int) {
            self.locations = locations
            self.values = values
            self.labelSet = labelSet
        }
    }

    package var sampleTypes: [ValueType] = []
    package var samples: [Sample] = []
    package var mappings: [Mapping] = []
    package var locations: [Location] = []
    package var functions: [Function] = []
    /// Distinct sets of labels; index 0 is the empty set.
    package var labelSets: [[Label]] = [[]]
    /// Nanoseconds since 1970-01-01 UTC; 0 when unknown.
    package var startedAt: Int64 = 0
    /// Nanoseconds; 0 when unknown.
    package var duration: Int64 = 0
    package var periodType: ValueType?
    /// Units of `periodType` between two samples; 0 when unknown.
    package var period: Int64 = 0
    package var comments: [String] = []
    /// Sample type to show first; empty means the last one, as pprof has it.
    package var defaultSampleType: String = ""
    /// Regular expression of frames that pprof drops, with all that they called; empty for none.
    package var dropFrames: String = ""
    /// Regular expression of frames that stay although `dropFrames` matches; empty for none.
    package var keepFrames: String = ""
    /// Where the profile is explained; empty for nowhere.
    package var documentationURL: String = ""
    /// When the samples were taken; nil where nobody kept it.
    package var timeline: SampleTimeline?
    /// What pprof has no field for; nil in profiles of other tools.
    package var extras: ProfileExtras?
    /// Doubts about the file that this was read from; not written.
    package var readingWarnings: [Warning] = []

    package init() {}
}

/// The label keys that perfdoctor writes.
package enum LabelKey {
    /// Thread name (text).
    package static let thread = "thread"
    /// Thread id (number).
    package static let threadID = "tid"
    /// Process name (text).
    package static let process = "process"
    /// Process id (number).
    package static let processID = "pid"
    /// `complete`, `broken` or `none` (text).
    package static let async = "async"
    /// Swift task id (number).
    package static let task = "task"
    /// What a thread off the CPU waited for (text): a ``WaitReason``.
    package static let wait = "wait"
    /// The kernel's function in which it waited (text), `futex_wait_queue`.
    package static let waitFunction = "wait_in"
    /// The thread that woke it (text); `[interrupt]` for a timer or a device.
    package static let waker = "waker"
    /// The Swift type of the blocks (text), `main.Node`; left out for blocks that are no objects.
    package static let type = "type"
    /// How the live memory of a stack developed (text): `grows`, where it never shrank.
    package static let growth = "growth"
    /// Why a stack does not reach main or the thread's start (text): `truncated`, `unrooted`.
    package static let stack = "stack"
}
