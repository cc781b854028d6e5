import PerfModel

/// What triggers a sample: an event of the kernel or of the CPU, by perf's names.
///
/// Source: perf_event_open(2).
package struct EventSpecification: Hashable, Sendable {
    package var name: String
    /// `PERF_TYPE_*`.
    package var type: UInt32
    /// `PERF_COUNT_*`.
    package var config: UInt64
    /// Whether it counts nanoseconds of CPU time, so that a sample stands for time.
    package var isClock: Bool

    private static let hardware: UInt32 = 0
    private static let software: UInt32 = 1
    private static let tracepoint: UInt32 = 2
    private static let cache: UInt32 = 3

    package static let cpuClock = EventSpecification(name: "cpu-clock", type: software, config: 0, isClock: true)
    package static let cycles = EventSpecification(name: "cycles", type: hardware, config: 0, isClock: false)

    package static let contextSwitches = EventSpecification(
        name: "context-switches", type: software, config: 3, isClock: false
    )

    /// Never samples: its records of switches are what it is for (`PERF_COUNT_SW_DUMMY`).
    package static let switchRecords = EventSpecification(
        name: "context-switches", type: software, config: 9, isClock: false
    )

    /// An event of a tracepoint, by its number in tracefs.
    package static func tracepoint(_ name: String, id: UInt64) -> EventSpecification {
        EventSpecification(name: name, type: tracepoint, config: id, isClock: false)
    }

    /// Every event that `-e` knows, hardware ones first.
    package static let all: [EventSpecification] =
        [
            ("cycles", 0), ("instructions", 1), ("cache-references", 2), ("cache-misses", 3), ("branches", 4),
            ("branch-misses", 5), ("bus-cycles", 6), ("stalled-cycles-frontend", 7), ("stalled-cycles-backend", 8),
            ("ref-cycles", 9),
        ].map { EventSpecification(name: $0.0, type: hardware, config: $0.1, isClock: false) }
        + [
            // Cache events: id | operation << 8 | result << 16, with read = 0 and miss = 1.
            ("L1-dcache-load-misses", 0x1_0000), ("LLC-load-misses", 0x1_0002), ("dTLB-load-misses", 0x1_0003),
            ("iTLB-load-misses", 0x1_0004),
        ].map { EventSpecification(name: $0.0, type: cache, config: $0.1, isClock: false) }
        + [
            ("cpu-clock", 0), ("task-clock", 1), ("page-faults", 2), ("context-switches", 3), ("cpu-migrations", 4),
            ("minor-faults", 5), ("major-faults", 6), ("alignment-faults", 7), ("emulation-faults", 8),
        ].map { EventSpecification(name: $0.0, type: software, config: $0.1, isClock: $0.1 < 2) }

    /// The event of that name, in perf's spelling; a few other names in use are understood.
    package static func named(_ name: String) -> EventSpecification? {
        let aliases = [
            "cpu-cycles": "cycles", "faults": "page-faults", "cs": "context-switches", "migrations": "cpu-migrations",
        ]
        return all.first { $0.name == aliases[name] ?? name }
    }

    /// Whether every occurrence is recorded: events that are rare, where a frequency would find nothing.
    package var recordsEach: Bool {
        (type == Self.software && !isClock) || type == Self.tracepoint
    }
}
