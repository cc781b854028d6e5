/// A thread that left a CPU or came onto one, as the kernel recorded it.
///
/// Source: `PERF_RECORD_SWITCH` and `PERF_RECORD_SWITCH_CPU_WIDE`, perf_event_open(2).
struct SwitchRecord: Hashable, Sendable {
    enum Direction: Hashable, Sendable {
        case onto
        /// `wasRunnable`: it was preempted or yielded and waits for nothing but a CPU.
        case off(wasRunnable: Bool)
    }

    var pid: Int32
    var tid: Int32
    /// CLOCK_MONOTONIC, nanoseconds.
    var time: UInt64
    var direction: Direction

    static let type: UInt32 = 14
    static let cpuWideType: UInt32 = 15
    private static let offFlag: UInt16 = 1 << 13
    private static let runnableFlag: UInt16 = 1 << 14

    /// Reads a record; nil for other kinds and for one that is cut.
    init?(_ record: PerfRecordBytes) {
        guard record.type == Self.type || record.type == Self.cpuWideType else { return nil }
        let end = record.byteCount - ProcessRecord.trailerByteCount
        guard end >= 8, let pid = record.int32(at: end), let tid = record.int32(at: end + 4),
            let time = record.uint64(at: end + 8)
        else { return nil }
        self.pid = pid
        self.tid = tid
        self.time = time
        let flags = record.flags
        direction = flags & Self.offFlag == 0 ? .onto : .off(wasRunnable: flags & Self.runnableFlag != 0)
    }
}
