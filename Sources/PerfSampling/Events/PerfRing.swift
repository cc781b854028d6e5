import CPerfLinux
import Glibc
import PerfLinux
import PerfModel

/// The kernel's ring of records for one CPU, read in place.
///
/// One thread reads at a time. Records are consumed in two passes: ``forEachNewRecord(upTo:_:)`` looks at what came
/// since the last look, ``consume(upTo:_:)`` frees the space.
@safe package final class PerfRing {
    package let descriptor: Int32
    package let cpu: Int32
    /// Size of the record area in bytes; a power of two.
    package let byteCount: Int
    private let base: UnsafeMutableRawPointer
    private let records: UnsafeRawPointer
    private let ownedPages: UInt32?
    /// How far the first pass has looked; positions only grow.
    private var lookedAt: UInt64
    /// For a record that runs over the ring's end.
    private var joined: UnsafeMutableRawBufferPointer

    private static let largestRecord = 1 << 16

    /// Maps the ring of `event`, as large as allowed but at most `pages` pages (a power of two).
    ///
    /// - Throws: when not even 8 pages can be had.
    package init(of event: PerfEvent, pages wanted: UInt32) throws(SystemCallError) {
        var pages = wanted
        while true {
            var mapped: UnsafeMutableRawPointer?
            // SAFETY: the call writes one pointer, to a mapping that stays until deinit.
            let result = unsafe pd_ring_map(event.descriptor, pages, &mapped)
            if result == 0, let mapped = unsafe mapped {
                unsafe base = mapped
                break
            }
            guard result == -EPERM || result == -ENOMEM, pages > 8 else {
                throw SystemCallError(
                    operation: "mmap", subject: "the sample ring of CPU \(event.target.cpu)", errno: -result,
                    remedy: "raise the limit of locked memory (ulimit -l unlimited) or run as root"
                )
            }
            pages /= 2
        }
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        descriptor = event.descriptor
        cpu = event.target.cpu
        byteCount = Int(pages) * pageSize
        unsafe records = UnsafeRawPointer(base.advanced(by: pageSize))
        ownedPages = pages
        lookedAt = unsafe pd_ring_tail(base)
        unsafe joined = .allocate(byteCount: Self.largestRecord, alignment: 8)
    }

    /// Reads a ring in memory of somebody else, laid out as the kernel does: a control page, then the records.
    ///
    /// The memory stays valid for the life of this object; the pages after the first are a power of two.
    init(over memory: UnsafeMutableRawPointer, pages: Int, cpu: Int32, descriptor: Int32 = -1) {
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        self.descriptor = descriptor
        self.cpu = cpu
        byteCount = pages * pageSize
        // SAFETY: the caller promises one page and `pages` more.
        unsafe base = memory
        unsafe records = UnsafeRawPointer(memory.advanced(by: pageSize))
        ownedPages = nil
        lookedAt = unsafe pd_ring_tail(memory)
        unsafe joined = .allocate(byteCount: Self.largestRecord, alignment: 8)
    }

    deinit {
        // SAFETY: both were made in init and are used by this object alone.
        unsafe joined.deallocate()
        if let ownedPages { unsafe pd_ring_unmap(base, ownedPages) }
    }

    /// Where the kernel will write next.
    package var head: UInt64 {
        // SAFETY: the control page is mapped for the life of this object.
        unsafe pd_ring_head(base)
    }

    /// Unread bytes as a share of the ring, 0...1.
    package func fill(at head: UInt64) -> Double {
        // SAFETY: the control page is mapped for the life of this object.
        unsafe Double(head &- pd_ring_tail(base)) / Double(byteCount)
    }

    /// Calls `body` with each record between the last look and `head`.
    package func forEachNewRecord(upTo head: UInt64, _ body: (PerfRecordBytes) -> Void) {
        // SAFETY: the tail is read by us alone.
        let tail = unsafe pd_ring_tail(base)
        if lookedAt < tail { lookedAt = tail }
        while let record = record(at: lookedAt, before: head) {
            body(record)
            lookedAt &+= UInt64(record.byteCount)
        }
    }

    /// Calls `body` with each unread record up to `head` and frees its space, until `body` returns false.
    package func consume(upTo head: UInt64, _ body: (PerfRecordBytes) -> Bool) {
        // SAFETY: the tail is ours; the kernel only reads it.
        var tail = unsafe pd_ring_tail(base)
        while let record = record(at: tail, before: head) {
            guard body(record) else { break }
            tail &+= UInt64(record.byteCount)
            unsafe pd_ring_set_tail(base, tail)
        }
    }

    /// The record at a position, in one piece; nil at the end, and after a size that cannot be.
    private func record(at position: UInt64, before head: UInt64) -> PerfRecordBytes? {
        let unread = head &- position
        guard position < head, unread >= 8, unread <= UInt64(byteCount) else { return nil }
        let start = Int(position & UInt64(byteCount - 1))
        // SAFETY: records are 8-byte aligned and so is the ring's end: the 8 header bytes are in one piece.
        let header = unsafe records.loadUnaligned(fromByteOffset: start, as: UInt64.self)
        let size = Int(header >> 48)
        guard size >= 8, size & 7 == 0, UInt64(size) <= unread else { return nil }
        let untilEnd = byteCount - start
        if size <= untilEnd {
            // SAFETY: [start, start + size) lies in the ring and is not overwritten before the tail moves on.
            return unsafe PerfRecordBytes(UnsafeRawBufferPointer(start: records.advanced(by: start), count: size))
        }
        // SAFETY: size < 64 KiB, the size of `joined`; both parts lie in the ring.
        unsafe joined.copyMemory(from: UnsafeRawBufferPointer(start: records.advanced(by: start), count: untilEnd))
        unsafe UnsafeMutableRawBufferPointer(rebasing: joined[untilEnd...])
            .copyMemory(from: UnsafeRawBufferPointer(start: records, count: size - untilEnd))
        return unsafe PerfRecordBytes(UnsafeRawBufferPointer(rebasing: joined[..<size]))
    }
}
