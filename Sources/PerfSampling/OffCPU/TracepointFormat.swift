import CPerfLinux
import PerfModel

/// What tracefs says of a tracepoint: its number, and where its records have a field.
struct TracepointFormat: Hashable, Sendable {
    var id: UInt64
    /// Offset of the field `pid` in the raw record, bytes.
    var pidOffset: Int

    /// Reads a `format` file; nil when a line is missing.
    init?(parsing bytes: [UInt8]) {
        var id: UInt64?
        var pidOffset: Int?
        for line in String(decoding: bytes.prefix(1 << 16), as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("ID:") { id = UInt64(line.dropFirst(3).filter { $0 != " " }) }
            let parts = line.split(separator: ";").map { $0.drop { $0 == "\t" || $0 == " " } }
            guard parts.count > 1, parts[0].hasSuffix(" pid"), parts[1].hasPrefix("offset:") else { continue }
            pidOffset = Int(parts[1].dropFirst(7))
        }
        guard let id, id <= UInt64(Int32.max), let pidOffset, (0...1024).contains(pidOffset) else { return nil }
        self.id = id
        self.pidOffset = pidOffset
    }

    /// The tracepoint `sched:sched_waking`; nil where tracefs cannot be read, which privileges decide.
    static func schedWaking() -> TracepointFormat? {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 14) { buffer, count in
            // SAFETY: the call writes at most `count` bytes into the buffer and returns how many it wrote.
            let got = unsafe pd_tracepoint_format(
                "sched/sched_waking", buffer.baseAddress, UInt64(buffer.count))
            count = max(0, Int(got))
        }
        return TracepointFormat(parsing: bytes)
    }
}
