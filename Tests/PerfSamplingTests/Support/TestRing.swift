import Glibc

@testable import PerfSampling

/// A ring in memory of our own that tests fill as the kernel would.
@safe final class TestRing {
    let ring: PerfRing
    private let memory: UnsafeMutableRawBufferPointer
    private let byteCount: Int
    private(set) var head: UInt64

    private static let page = sysconf(Int32(_SC_PAGESIZE))
    /// Places in `perf_event_mmap_page`.
    private static let headOffset = 1024
    private static let tailOffset = 1032

    /// A ring that is empty at a position; positions only grow, and wrap at the ring's end.
    init(pages: Int = 1, startingAt position: UInt64 = 0, cpu: Int32 = 0, descriptor: Int32 = -1) {
        byteCount = pages * Self.page
        unsafe memory = .allocate(byteCount: Self.page + byteCount, alignment: Self.page)
        // SAFETY: freshly allocated, one page and `pages` more; freed after the ring in deinit.
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe memory.storeBytes(of: position, toByteOffset: Self.headOffset, as: UInt64.self)
        unsafe memory.storeBytes(of: position, toByteOffset: Self.tailOffset, as: UInt64.self)
        head = position
        guard let base = unsafe memory.baseAddress else { preconditionFailure("an allocation has an address") }
        unsafe ring = PerfRing(over: base, pages: pages, cpu: cpu, descriptor: descriptor)
    }

    deinit {
        unsafe memory.deallocate()
    }

    var tail: UInt64 {
        // SAFETY: inside the control page.
        unsafe memory.load(fromByteOffset: Self.tailOffset, as: UInt64.self)
    }

    /// Writes a record, over the ring's end where it does not fit, and moves the head.
    func write(_ record: [UInt8]) {
        for (index, byte) in record.enumerated() {
            let place = Int((head &+ UInt64(index)) % UInt64(byteCount))
            // SAFETY: the place is below the ring's size.
            unsafe memory[Self.page + place] = byte
        }
        moveHead(to: head &+ UInt64(record.count))
    }

    /// Sets the head to anything, as a hostile kernel would.
    func moveHead(to position: UInt64) {
        head = position
        // SAFETY: inside the control page.
        unsafe memory.storeBytes(of: position, toByteOffset: Self.headOffset, as: UInt64.self)
    }
}
