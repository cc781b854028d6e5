import CPerfLinux
import PerfModel

/// A sample in a ring: who ran where, with registers and stack; valid until the ring's tail moves on.
@safe package struct PerfSample {
    /// The event, inherited ones under the id of the event they come from.
    package var eventID: UInt64
    package var address: CodeAddress
    package var pid: Int32
    package var tid: Int32
    /// CLOCK_MONOTONIC, nanoseconds.
    package var time: UInt64
    /// Events since the last sample; nanoseconds for clocks.
    package var period: UInt64
    /// Leaf first, with the kernel's context marks.
    package var callchain: UnsafeBufferPointer<UInt64>
    /// In ascending order of the register mask; empty when there is no user state or it is of another width.
    package var registers: UnsafeBufferPointer<UInt64>
    package var isUser32Bit: Bool
    /// From the stack pointer upwards, as much as could be copied.
    package var stack: UnsafeRawBufferPointer
    /// Whether the copy is as long as was asked for, so that the stack may go on.
    package var isStackCut: Bool

    private static let registerCount = pd_user_register_mask().nonzeroBitCount

    /// Reads a sample record.
    ///
    /// Returns nil for other records and for one whose parts do not fit into it.
    package init?(_ record: PerfRecordBytes, hasStack: Bool) {
        guard record.type == ProcessRecord.sampleType, let eventID = record.uint64(at: 8),
            let address = record.uint64(at: 16), let pid = record.int32(at: 24), let tid = record.int32(at: 28),
            let time = record.uint64(at: 32), let period = record.uint64(at: 48), let depth = record.uint64(at: 56)
        else { return nil }
        var offset = 64
        guard let callchain = unsafe Self.words(in: record, at: offset, count: depth) else { return nil }
        offset += callchain.count * 8
        self.eventID = eventID
        self.address = CodeAddress(rawValue: address)
        self.pid = pid
        self.tid = tid
        self.time = time
        self.period = period
        unsafe self.callchain = unsafe callchain
        unsafe self.registers = UnsafeBufferPointer(start: nil, count: 0)
        unsafe self.stack = UnsafeRawBufferPointer(start: nil, count: 0)
        self.isUser32Bit = false
        self.isStackCut = false
        guard hasStack else { return }
        guard let abi = record.uint64(at: offset) else { return nil }
        offset += 8
        if abi != 0 {
            guard let values = unsafe Self.words(in: record, at: offset, count: UInt64(Self.registerCount)) else {
                return nil
            }
            offset += values.count * 8
            isUser32Bit = abi == 1
            if abi == 2 { unsafe registers = unsafe values }
        }
        guard let size = record.uint64(at: offset) else { return nil }
        offset += 8
        guard size != 0 else { return }
        guard size <= UInt64(record.byteCount - offset), let used = record.uint64(at: offset + Int(size)), used <= size
        else { return nil }
        // SAFETY: [offset, offset + used) was just found to lie inside the record.
        unsafe stack = UnsafeRawBufferPointer(rebasing: record.bytes[offset..<offset + Int(used)])
        isStackCut = used == size
    }

    private static func words(in record: PerfRecordBytes, at offset: Int, count: UInt64) -> UnsafeBufferPointer<UInt64>?
    {
        guard offset <= record.byteCount, count <= UInt64(record.byteCount - offset) / 8 else { return nil }
        // SAFETY: the range lies inside the record; records and their parts are 8-byte aligned by the kernel.
        return unsafe UnsafeRawBufferPointer(rebasing: record.bytes[offset..<offset + Int(count) * 8])
            .assumingMemoryBound(to: UInt64.self)
    }
}
