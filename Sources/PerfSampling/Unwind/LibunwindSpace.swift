import CPerfUnwind
import PerfModel

/// What libunwind knows of one address space: two caches of unwind rows and the records that they refer to.
///
/// There are two because libunwind 1.6 keeps rows by ip alone: where a call is the last instruction of a function, its
/// return address is the first of the next one, and one row would serve both. Leaf and interrupted frames have the
/// cache to themselves; a caller's frame is looked up within the call. It also keeps the many addresses of leaves
/// from crowding the few of callers out of a cache of 128 rows, a size that cannot be changed.
@safe final class LibunwindSpace {
    /// For frames whose ip is the next instruction.
    let exact: OpaquePointer
    /// For frames whose ip is a return address.
    let callers: OpaquePointer
    let space: AddressSpace
    var guesser = FrameGuesser()
    var lastUse: UInt64 = 0

    private struct Record {
        var start: UInt64
        var end: UInt64
        var offset: Int64
    }

    /// Records, and -1 where there is none, by an address in the function.
    private var byAddress: [UInt64: Int32] = [:]
    private var byStart: [UInt64: Int32] = [:]
    private var records: [Record] = []
    /// Untouched pages of it are no memory.
    private let storage: UnsafeMutableRawBufferPointer
    private var used = 0
    private var isFull = false

    /// What is known of outermost frames.
    private var roots: [CodeAddress: Bool] = [:]

    private static let mostRoots = 16_384
    private static let capacity = 1 << 20
    private static let mostAddresses = 65_536
    /// libunwind reads whole words.
    private static let padding = 16

    init?(_ space: AddressSpace) {
        // SAFETY: both are destroyed in deinit, or here when the second cannot be had.
        guard let exact = unsafe pd_unwind_space_create() else { return nil }
        guard let callers = unsafe pd_unwind_space_create() else {
            unsafe pd_unwind_space_destroy(exact)
            return nil
        }
        unsafe self.exact = exact
        unsafe self.callers = callers
        self.space = space
        // SAFETY: freed in deinit.
        unsafe storage = .allocate(byteCount: Self.capacity, alignment: 16)
    }

    deinit {
        // SAFETY: nobody else has them.
        unsafe pd_unwind_space_destroy(exact)
        unsafe pd_unwind_space_destroy(callers)
        unsafe storage.deallocate()
    }

    /// Lends the records to a walk; their address does not change.
    func lendRecords(to walker: UnsafeMutablePointer<pd_walker>) {
        // SAFETY: the caller owns the walker; the storage lives as long as this object.
        unsafe walker.pointee.records = UnsafePointer(storage.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe walker.pointee.records_count = UInt64(used)
    }

    /// Forgets all records when there was no room for one; not to be called during a walk.
    ///
    /// - Returns: whether records were forgotten.
    @discardableResult
    func makeRoom() -> Bool {
        guard isFull || byAddress.count >= Self.mostAddresses else { return false }
        // SAFETY: no walk is under way, and no cached row outlives the flush.
        unsafe pd_unwind_space_flush(exact)
        unsafe pd_unwind_space_flush(callers)
        byAddress.removeAll(keepingCapacity: true)
        byStart.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        used = 0
        isFull = false
        return true
    }

    /// Notes the three outermost frames of a stack that the unwind information ended.
    ///
    /// They are `clone3`, `start_thread` and the thread's routine, or `_start` and two functions of the C library,
    /// which has no symbols for them when stripped. Where a stack has to be finished from the kernel's chain, that
    /// ends at one of them, because they keep no frame pointers.
    func learnRoots(from frames: [UnwoundFrame]) {
        guard frames.count > 3 else { return }
        for frame in frames.suffix(3) where roots[frame.address] != true && roots.count < Self.mostRoots {
            roots[frame.address] = true
        }
    }

    func isRoot(_ address: CodeAddress) -> Bool {
        if let known = roots[address] { return known }
        let new = RootFunctions.contains(address, in: space)
        // What is not known to be a root today may be learnt tomorrow.
        if new, roots.count < Self.mostRoots { roots[address] = true }
        return new
    }

    /// Offset of the record of the function at an address, with the function's bounds.
    func record(covering address: UInt64, pages: PageCache) -> (offset: Int64, start: UInt64, end: UInt64)? {
        if let known = byAddress[address] {
            guard known >= 0 else { return nil }
            let record = records[Int(known)]
            return (record.offset, record.start, record.end)
        }
        let index = newRecord(covering: address, pages: pages)
        byAddress[address] = index ?? -1
        guard let index else { return nil }
        let record = records[Int(index)]
        return (record.offset, record.start, record.end)
    }

    private func newRecord(covering address: UInt64, pages: PageCache) -> Int32? {
        let place = CodeAddress(rawValue: address)
        guard let regionIndex = space.regionIndex(containing: place) else { return nil }
        let region = space.regions[regionIndex]
        guard let image = region.image, image.callFrames.architecture == .x86_64 else { return nil }
        let imageAddress = region.imageAddress(of: place).rawValue
        guard let found = image.callFrames.record(covering: imageAddress, of: image, pages: pages) else { return nil }
        let record = found.moved(by: region.bias)
        if let known = byStart[record.range.lowerBound], records[Int(known)].end == record.range.upperBound {
            return known
        }
        guard used + record.bytes.count + Self.padding <= Self.capacity else {
            isFull = true
            return nil
        }
        // SAFETY: the bytes and the padding fit behind what is used.
        unsafe UnsafeMutableRawBufferPointer(rebasing: storage[used..<used + record.bytes.count])
            .copyBytes(from: record.bytes)
        unsafe storage[used + record.bytes.count..<used + record.bytes.count + Self.padding]
            .initializeMemory(as: UInt8.self, repeating: 0)
        let index = Int32(records.count)
        records.append(
            Record(start: record.range.lowerBound, end: record.range.upperBound, offset: Int64(used)))
        byStart[record.range.lowerBound] = index
        used += record.bytes.count + Self.padding
        return index
    }
}
