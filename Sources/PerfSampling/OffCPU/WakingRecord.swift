import PerfModel

/// A thread that was woken, and by whom: a sample of the tracepoint `sched:sched_waking`.
struct WakingRecord: Hashable, Sendable {
    /// Who was woken.
    var tid: Int32
    /// Who woke it; 0 when an interrupt did (a timer or a device), whichever thread it interrupted.
    var waker: Int32
    /// CLOCK_MONOTONIC, nanoseconds.
    var time: UInt64

    private static let rawOffset = 56
    /// `TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ` of `common_flags`.
    private static let interruptFlags: UInt8 = 0x18

    /// Reads a sample of that tracepoint; `wakeeOffset` is where its fields have `pid`.
    init?(_ record: PerfRecordBytes, wakeeOffset: Int) {
        guard record.type == ProcessRecord.sampleType, let current = record.int32(at: 28),
            let time = record.uint64(at: 32), let size = record.uint32(at: Self.rawOffset),
            wakeeOffset >= 0, wakeeOffset <= Int(size) - 4,
            let wakee = record.int32(at: Self.rawOffset + 4 + wakeeOffset),
            let common = record.uint32(at: Self.rawOffset + 4)
        else { return nil }
        let flags = UInt8(truncatingIfNeeded: common >> 16)
        tid = wakee
        waker = flags & Self.interruptFlags == 0 ? current : 0
        self.time = time
    }
}
