import PerfModel

/// Which addresses are in outermost frames: learnt from stacks that unwind information ended, else by symbols.
///
/// The learnt ones are `clone3`, `start_thread` and the thread's routine, or `_start` and two functions of the C
/// library, which has no symbols for them when stripped. Where a stack has to be finished from the kernel's chain,
/// that ends at one of them, because they keep no frame pointers.
struct RootTable {
    private struct Place: Hashable {
        var space: UInt64 = 0
        var address: UInt64 = 0
    }

    private var known: [Place: Bool] = [:]
    /// The outermost frames that were learnt last, so that the dictionary is asked once for each of them.
    private var recent = InlineArray<16, Place>(repeating: Place())

    private static let most = 16_384

    /// Notes the three outermost frames of a stack that the unwind information ended.
    mutating func learn(_ frames: [UnwoundFrame], in space: AddressSpace) {
        guard frames.count > 3 else { return }
        for index in (frames.count - 3)..<frames.count {
            let place = Place(space: space.id, address: frames[index].address.rawValue)
            let slot = Int(truncatingIfNeeded: (place.address ^ place.space &* 0x9E37_79B9) % 16)
            if recent[slot] == place { continue }
            recent[slot] = place
            note(place, true)
        }
    }

    mutating func contains(_ address: CodeAddress, in space: AddressSpace) -> Bool {
        let place = Place(space: space.id, address: address.rawValue)
        if let known = known[place] { return known }
        let new = RootFunctions.contains(address, in: space)
        note(place, new)
        return new
    }

    private mutating func note(_ place: Place, _ isRoot: Bool) {
        if known.count >= Self.most {
            known.removeAll(keepingCapacity: true)
            recent = InlineArray(repeating: Place())
        }
        known[place] = isRoot
    }
}
