/// Where the parts of a profile stand in our arrays, by the ids that the file gives them.
///
/// Most tools count from one, which makes an array of it; other ids go into a dictionary.
struct IDTable {
    private var dense: [Int32]
    private var sparse: [UInt64: Int] = [:]

    /// - Parameter count: how many ids are expected; must fit an `Int32`.
    init(count: Int) {
        dense = [Int32](repeating: -1, count: count + count / 2 + 1)
    }

    subscript(id: UInt64) -> Int? {
        if id < UInt64(dense.count) {
            let index = dense[Int(id)]
            return index < 0 ? nil : Int(index)
        }
        return sparse[id]
    }

    /// - Returns: false when the id is taken.
    mutating func insert(_ id: UInt64, _ index: Int) -> Bool {
        guard self[id] == nil else { return false }
        if id < UInt64(dense.count) {
            dense[Int(id)] = Int32(truncatingIfNeeded: index)
        } else {
            sparse[id] = index
        }
        return true
    }
}
