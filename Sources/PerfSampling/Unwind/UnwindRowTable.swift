/// A hash table of rows with open addressing: plain memory, so that a look-up touches one or two cache lines and no
/// reference count.
@safe final class UnwindRowTable {
    /// Slots; a power of two.
    private(set) var capacity: Int
    private(set) var count = 0
    private(set) var slots: UnsafeMutablePointer<UnwindRow>

    /// Odd, and unknown to those who choose the addresses that a profiler sees.
    private let multiplier = UInt64.random(in: 0 ... .max) | 1

    private static let firstCapacity = 4096
    /// 8 MiB; all rows are forgotten when more are needed.
    private let mostSlots: Int

    init(mostSlots: Int = 1 << 18) {
        self.mostSlots = mostSlots
        capacity = min(Self.firstCapacity, mostSlots)
        // SAFETY: freed in deinit or when the table grows.
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: UnwindRow(), count: capacity)
    }

    deinit {
        // SAFETY: nobody else has it.
        unsafe slots.deallocate()
    }

    var byteCount: Int { capacity * MemoryLayout<UnwindRow>.stride }

    /// The first slot to look at for a key.
    @inline(__always)
    private func start(_ key: UInt64, _ image: UInt32) -> Int {
        let hash = (key ^ UInt64(image) << 36) &* multiplier
        return Int(truncatingIfNeeded: hash >> 32)
    }

    /// The row of a key, or a row of the kind `none`.
    @inline(__always)
    func row(_ key: UInt64, image: UInt32) -> UnwindRow {
        let mask = capacity - 1
        var slot = start(key, image) & mask
        // A quarter of the slots is free: the search ends.
        while true {
            // SAFETY: the mask keeps it below the capacity.
            let row = unsafe slots + slot
            if unsafe row.pointee.key == key, unsafe row.pointee.image == image { return unsafe row.pointee }
            if unsafe row.pointee.image == 0 { return UnwindRow() }
            slot = (slot + 1) & mask
        }
    }

    /// Adds a row whose key is not there yet.
    func insert(_ row: UnwindRow, key: UInt64, image: UInt32) {
        guard image != 0 else { return }
        if count >= capacity / 4 * 3 { makeRoom() }
        var row = row
        row.key = key
        row.image = image
        place(row)
        count += 1
    }

    private func place(_ row: UnwindRow) {
        let mask = capacity - 1
        var slot = start(row.key, row.image) & mask
        // SAFETY: the mask keeps it below the capacity, and some slot is free.
        while unsafe slots[slot].image != 0 { slot = (slot + 1) & mask }
        unsafe slots[slot] = row
    }

    private func makeRoom() {
        guard capacity < mostSlots else {
            // SAFETY: all slots are initialized, and rows are plain values.
            unsafe slots.update(repeating: UnwindRow(), count: capacity)
            count = 0
            return
        }
        let (old, oldCapacity) = unsafe (slots, capacity)
        capacity *= 2
        // SAFETY: the old slots are freed once their rows have been copied.
        unsafe slots = .allocate(capacity: capacity)
        unsafe slots.initialize(repeating: UnwindRow(), count: capacity)
        for slot in 0..<oldCapacity where unsafe old[slot].image != 0 { place(unsafe old[slot]) }
        unsafe old.deallocate()
    }
}
