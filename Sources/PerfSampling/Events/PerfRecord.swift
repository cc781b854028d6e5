import PerfModel

/// A record that tells of processes rather than of samples.
package enum ProcessRecord: Hashable, Sendable {
    /// Executable memory was mapped.
    case mapped(PerfMapping)
    /// A thread got a name; `isExec` when it did so by executing a program.
    case named(pid: Int32, tid: Int32, name: String, isExec: Bool)
    /// A thread or (when the pids differ) a process began.
    case forked(pid: Int32, parent: Int32, tid: Int32, parentThread: Int32)
    case exited(pid: Int32, tid: Int32)
    /// The kernel had no room for so many records.
    case lost(UInt64)
    /// The kernel stopped the event for the rest of a tick.
    case throttled

    package static let mmapType: UInt32 = 1
    package static let sampleType: UInt32 = 9

    /// Bytes at the end of every record that is no sample: pid and tid, time, CPU, identifier.
    static let trailerByteCount = 32
    private static let buildIDFlag: UInt16 = 1 << 14
    private static let commExecFlag: UInt16 = 1 << 13
    private static let executable: UInt32 = 4  // PROT_EXEC

    /// The record and its time (CLOCK_MONOTONIC, nanoseconds); nil for samples, unknown kinds and malformed ones.
    package static func parse(_ record: PerfRecordBytes) -> (time: UInt64, record: ProcessRecord)? {
        let end = record.byteCount - trailerByteCount
        guard end >= 8, let time = record.uint64(at: end + 8), let parsed = parse(record, before: end) else {
            return nil
        }
        return (time, parsed)
    }

    private static func parse(_ record: PerfRecordBytes, before end: Int) -> ProcessRecord? {
        switch record.type {
        case 2: return record.uint64(at: 16).map { .lost($0) }
        case 13: return record.uint64(at: 8).map { .lost($0) }
        case 5: return .throttled
        case 3:
            guard let pid = record.int32(at: 8), let tid = record.int32(at: 12) else { return nil }
            return .named(
                pid: pid, tid: tid, name: record.text(from: 16, before: end), isExec: record.flags & commExecFlag != 0
            )
        case 4, 7:
            guard let pid = record.int32(at: 8), let parent = record.int32(at: 12), let tid = record.int32(at: 16),
                let parentThread = record.int32(at: 20)
            else { return nil }
            return record.type == 4
                ? .exited(pid: pid, tid: tid)
                : .forked(pid: pid, parent: parent, tid: tid, parentThread: parentThread)
        case 10:
            return mapping(record, before: end).map { .mapped($0) }
        default:
            return nil
        }
    }

    private static func mapping(_ record: PerfRecordBytes, before end: Int) -> PerfMapping? {
        guard let pid = record.int32(at: 8), let start = record.uint64(at: 16), let length = record.uint64(at: 24),
            let offset = record.uint64(at: 32), let protection = record.uint32(at: 64),
            protection & executable != 0, length > 0
        else { return nil }
        let (limit, overflow) = start.addingReportingOverflow(length)
        guard !overflow else { return nil }
        var identity = PerfMapping.Identity.unknown
        if record.flags & buildIDFlag != 0 {
            // u8 size, three reserved bytes, then at most 20 bytes of build ID.
            let size = min(20, Int(record.uint32(at: 40) ?? 0) & 0xFF)
            identity = .buildID(
                (0..<size).map {
                    UInt8(truncatingIfNeeded: (record.uint32(at: 44 + $0 / 4 * 4) ?? 0) >> (8 * ($0 % 4)))
                }
            )
        } else if let major = record.uint32(at: 40), let minor = record.uint32(at: 44),
            let inode = record.uint64(at: 48)
        {
            identity = .inode(deviceMajor: major, deviceMinor: minor, number: inode)
        }
        return PerfMapping(
            pid: pid, start: CodeAddress(rawValue: start), end: CodeAddress(rawValue: limit),
            fileOffset: FileOffset(rawValue: offset), path: record.text(from: 72, before: end), identity: identity
        )
    }
}

/// Executable memory of a process, as the kernel reported it.
package struct PerfMapping: Hashable, Sendable {
    /// What tells whether a file of that path is the one that was mapped.
    package enum Identity: Hashable, Sendable {
        case unknown
        case buildID([UInt8])
        case inode(deviceMajor: UInt32, deviceMinor: UInt32, number: UInt64)
    }

    package var pid: Int32
    package var start: CodeAddress
    package var end: CodeAddress
    package var fileOffset: FileOffset
    /// As the process sees it; `//anon` and names in brackets stand for memory without a file.
    package var path: String
    package var identity: Identity
}
