import PerfModel

/// Which region holds an address, by its page, for the address spaces that were asked for last.
@safe final class RegionCache {
    /// What a walk has to know of a region.
    struct Entry {
        var space: UInt64 = 0
        var start: UInt64 = 0
        var end: UInt64 = 0
        /// Runtime address minus image address.
        var bias: UInt64 = 0
        /// The image's number; 0 without an image that can be unwound by rows.
        var image: UInt32 = 0
        /// Index into `AddressSpace.regions`; -1 for none.
        var index: Int32 = -1
    }

    private let entries: UnsafeMutablePointer<Entry>
    private static let capacity = 1024

    init() {
        // SAFETY: freed in deinit.
        unsafe entries = .allocate(capacity: Self.capacity)
        unsafe entries.initialize(repeating: Entry(), count: Self.capacity)
    }

    deinit {
        // SAFETY: nobody else has it.
        unsafe entries.deallocate()
    }

    /// The region that holds an address; index -1 when none does.
    @inline(__always)
    func entry(of address: UInt64, in space: AddressSpace) -> Entry {
        let hash = (address >> 12 ^ space.id << 40) &* 0x9E37_79B9_7F4A_7C15
        let slot = Int(truncatingIfNeeded: hash >> 54)
        // SAFETY: ten bits are below 1024.
        let entry = unsafe entries + slot
        if unsafe address &- entry.pointee.start < entry.pointee.end &- entry.pointee.start,
            unsafe entry.pointee.space == space.id
        {
            return unsafe entry.pointee
        }
        let new = Self.find(address, in: space)
        if new.index >= 0 { unsafe entry.pointee = new }
        return new
    }

    @inline(never)
    private static func find(_ address: UInt64, in space: AddressSpace) -> Entry {
        guard let index = space.regionIndex(containing: CodeAddress(rawValue: address)) else { return Entry() }
        let region = space.regions[index]
        let image = region.image.map { $0.callFrames.architecture == .x86_64 ? $0.id : 0 }
        return Entry(
            space: space.id, start: region.start.rawValue, end: region.end.rawValue, bias: region.bias,
            image: image ?? 0, index: Int32(index))
    }
}
