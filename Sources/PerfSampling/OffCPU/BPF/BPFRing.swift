import CPerfLinux
import PerfLinux
import PerfModel

/// The ring in which programs in the kernel leave records; read by one thread at a time.
@safe final class BPFRing {
    let map: BPFMap
    private let consumer: UnsafeMutableRawPointer
    private let producer: UnsafeMutableRawPointer
    private let byteCount: Int

    private static let pageByteCount = 4096
    private static let headerByteCount = 8
    private static let busy: UInt32 = 1 << 31
    private static let discarded: UInt32 = 1 << 30

    /// Makes and maps it.
    ///
    /// - Parameter byteCount: a power of two.
    /// - Throws: what the kernel has against it.
    init(byteCount: Int) throws(SystemCallError) {
        let map = try BPFMap(.ring, keyByteCount: 0, valueByteCount: 0, capacity: byteCount)
        var consumer: UnsafeMutableRawPointer?
        var producer: UnsafeMutableRawPointer?
        // SAFETY: the call writes two pointers, to mappings that stay until deinit.
        let result = unsafe pd_bpf_ring_map(map.descriptor, UInt64(byteCount), &consumer, &producer)
        guard result == 0, let consumer = unsafe consumer, let producer = unsafe producer else {
            throw SystemCallError(operation: "mmap", subject: "a BPF ring", errno: -result)
        }
        self.map = map
        self.byteCount = byteCount
        unsafe self.consumer = unsafe consumer
        unsafe self.producer = unsafe producer
    }

    deinit {
        // SAFETY: the mappings were made with this size, and nothing refers to them any more.
        unsafe pd_bpf_ring_unmap(consumer, producer, UInt64(byteCount))
    }

    /// Hands over finished records in their order until there is none or `body` returns false for one, which stays.
    func consume(_ body: (PerfRecordBytes) -> Bool) {
        // SAFETY: both positions are words at the start of their mappings.
        var position = unsafe pd_bpf_ring_load(consumer)
        let end = unsafe pd_bpf_ring_load(producer)
        // SAFETY: the data follow the page of the writer's position, twice in a row: a record never wraps.
        let data = unsafe UnsafeRawPointer(producer) + Self.pageByteCount
        while position < end {
            let place = unsafe data + Int(position & UInt64(byteCount - 1))
            let header = unsafe pd_bpf_ring_header(place)
            guard header & Self.busy == 0 else { break }
            let length = Int(header & ~Self.discarded)
            guard length <= byteCount - Self.headerByteCount else { break }
            if header & Self.discarded == 0 {
                let bytes = unsafe UnsafeRawBufferPointer(start: place + Self.headerByteCount, count: length)
                guard unsafe body(PerfRecordBytes(bytes)) else { break }
            }
            position += UInt64((length + Self.headerByteCount + 7) & ~7)
            unsafe pd_bpf_ring_store(consumer, position)
        }
    }
}
