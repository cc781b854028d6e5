import PerfModel

/// What an unwinder by rows remembers: rows, regions, pages of files.
final class UnwindRowCache {
    let rows: UnwindRowTable
    let regions = RegionCache()
    let pages = PageCache()
    let libunwind: LibunwindUnwinder?
    /// For code that is in no file.
    private var guessers: [UInt64: FrameGuesser] = [:]

    /// Frames that needed libunwind, which is not installed.
    var withoutLibunwindCount: UInt64 = 0
    /// Frames that libunwind left.
    var slowFrameCount: UInt64 = 0
    /// Addresses whose rows were made.
    private(set) var filledCount: UInt64 = 0

    private static let mostGuessers = 32

    /// - Parameters:
    ///   - hasLibunwind: false does as if it were not installed.
    ///   - mostRows: slots of the cache, a power of two.
    init(hasLibunwind: Bool, mostRows: Int) {
        rows = UnwindRowTable(mostSlots: mostRows)
        libunwind = hasLibunwind ? LibunwindUnwinder(mode: .dwarf, pages: pages) : nil
    }

    /// Makes the row of an address.
    @inline(never)
    func newRow(_ key: UInt64, address: UInt64, region: RegionCache.Entry, walk: StackWalk) -> UnwindRow {
        filledCount += 1
        guard let image = unsafe walk.space.regions[Int(region.index)].image else { return UnwindRow(.nothing) }
        let imageAddress = address &- region.bias
        if let function = image.callFrames.function(covering: imageAddress, of: image, pages: pages) {
            let row = UnwindRow(function, at: imageAddress)
            rows.insert(row, key: key, image: region.image)
            return row
        }
        let isExact = unsafe walk.isExact
        let found = unsafe FrameGuesser.read(
            at: isExact ? address : address &+ 1, isExact: isExact, space: walk.space, pages: pages)
        var row = UnwindRow(.nothing)
        var second: UnwindRow?
        if let first = found.fromStart ?? found.toReturn {
            if found.fromStart != nil, let other = found.toReturn { second = UnwindRow(other, isFirst: false) }
            // What does not fit into rows is read anew each time: slow, and rarer than rare.
            guard let fit = UnwindRow(first, isFirst: second != nil) else { return UnwindRow(.slow) }
            row = fit
        }
        rows.insert(row, key: key, image: region.image)
        if let second, let key = UnwindRow.key(imageAddress, isExact ? .secondGuessForExact : .secondGuessForCaller) {
            rows.insert(second, key: key, image: region.image)
        }
        return row
    }

    /// Whether an address is what a call instruction would have pushed.
    func isReturnAddress(_ address: UInt64, in space: AddressSpace) -> Bool {
        guard address >= 8 else { return false }
        let region = regions.entry(of: address &- 1, in: space)
        guard region.image != 0, address &- region.start >= 8,
            let key = UnwindRow.key(address &- region.bias, .isReturnAddress)
        else { return space.isReturnAddress(address, pages: pages) }
        switch rows.row(key, image: region.image).kind {
        case .yes: return true
        case .no: return false
        default: break
        }
        let new = space.isReturnAddress(address, pages: pages)
        rows.insert(UnwindRow(new ? .yes : .no), key: key, image: region.image)
        return new
    }

    func slowGuess(_ walk: StackWalk) -> FrameGuesser.Result {
        let space = unsafe walk.space
        if guessers.count >= Self.mostGuessers, guessers[space.id] == nil {
            guessers.removeAll(keepingCapacity: true)
        }
        // SAFETY: the dump is valid during this call.
        return unsafe guessers[space.id, default: FrameGuesser()].caller(
            of: walk.registers, isExact: walk.isExact, stack: walk.captured.stack, stackStart: walk.dump.start,
            space: space, pages: pages)
    }
}
