import PerfLinux
import PerfModel

/// The arenas of glibc's malloc in a process.
struct MallocArenas {
    /// What an arena says of itself.
    struct State {
        var address: UInt64
        var top: UInt64
        /// Heads of lists of freed chunks.
        var fastChunks: [UInt64]
        var next: UInt64
        /// Links of free lists are mixed with their own addresses (glibc 2.32).
        var isMangled: Bool
        var systemByteCount: UInt64
    }

    /// One piece of memory of an arena.
    struct Segment {
        var range: Range<UInt64>
        /// The first chunk.
        var first: UInt64
    }

    private(set) var states: [State] = []
    private let memory: any FrozenMemory
    private let mainAddress: UInt64

    // struct malloc_state, since glibc 2.27.
    private static let fastOffset: UInt64 = 16
    private static let fastCount = 10
    private static let topOffset: UInt64 = 96
    private static let binsOffset: UInt64 = 112
    private static let binCount = 127
    private static let nextOffset: UInt64 = 2160
    private static let systemOffset: UInt64 = 2184
    private static let stateSize: UInt64 = 2200
    /// Threads' arenas stand in pieces of this size, at multiples of it.
    private static let heapSize: UInt64 = 64 << 20
    private static let mostArenas = 4096

    init(memory: any FrozenMemory, maps: [ProcessMap]) throws(GlibcHeapError) {
        self.memory = memory
        let names = Set(maps.map { $0.path.split(separator: "/").last.map(String.init) ?? "" })
        for (mark, name) in [("jemalloc", "jemalloc"), ("tcmalloc", "tcmalloc"), ("mimalloc", "mimalloc")]
        where names.contains(where: { $0.hasPrefix("lib" + mark) }) {
            throw .otherAllocator(name: name)
        }
        guard
            let library = maps.first(where: { map in
                let name = map.path.split(separator: "/").last ?? ""
                return name == "libc.so.6" || (name.hasPrefix("libc-2.") && name.hasSuffix(".so"))
            })?.path
        else { throw .noCLibrary }
        guard let main = Self.mainArena(in: maps.filter { $0.path == library && $0.isWritable }, memory) else {
            throw .unknownLayout(library: library)
        }
        mainAddress = main
        var address = main
        repeat {
            guard let state = Self.state(at: address, memory) else {
                guard states.count > 1 else { throw .unknownLayout(library: library) }
                break
            }
            states.append(state)
            address = state.next
        } while address != main && states.count < Self.mostArenas && !states.contains { $0.address == address }
        if address != main {
            // A layout that is not known does not get beyond the main arena.
            guard states.count > 1 else { throw .unknownLayout(library: library) }
            doubts.append(
                "the list of arenas is damaged behind 0x\(String(states[states.count - 1].address, radix: 16))")
        }
        // Which of both ways leads to chunks more often decides; without any fast chunk it does not matter.
        let plain = states.count { Self.areLinks(of: $0, mangled: false, memory) }
        let mangled = states.count { Self.areLinks(of: $0, mangled: true, memory) }
        for index in states.indices { states[index].isMangled = mangled >= plain }
    }

    /// What does not fit, as a sentence each.
    private(set) var doubts: [String] = []

    /// Where the main arena's own words are.
    var mainState: Range<UInt64> { mainAddress..<mainAddress + Self.stateSize }

    /// The one that has the most bins: an empty one points to itself, as if it were a chunk; others lead to chunks that
    /// lead back.
    private static func mainArena(in maps: [ProcessMap], _ memory: any FrozenMemory) -> UInt64? {
        var best: (count: Int, address: UInt64)?
        for map in maps {
            let count = Int((map.end.rawValue - map.start.rawValue) / 8)
            let words = memory.words(at: map.start.rawValue, count: min(count, 1 << 16))
            let needed = Int(stateSize / 8)
            guard words.count > needed else { continue }
            for start in 0..<words.count - needed {
                let address = map.start.rawValue + UInt64(start) * 8
                // Where the bin would be as a chunk, and both of its links.
                func bin(_ number: Int) -> (own: UInt64, next: UInt64, last: UInt64) {
                    let place = start + Int(binsOffset / 8) + number * 2
                    return (
                        address + binsOffset - 16 + UInt64(number) * 16, words[place], words[place + 1]
                    )
                }
                // Cheap before all are looked at: chunks that the last ones are for have mappings of their own.
                guard (binCount - 4..<binCount).contains(where: { bin($0).next == bin($0).own }) else { continue }
                let found = (0..<binCount).count { number in
                    let bin = bin(number)
                    if bin.next == bin.own, bin.last == bin.own { return true }
                    // A thread may have been stopped between the two.
                    return memory.word(at: bin.next &+ 24) == bin.own || memory.word(at: bin.last &+ 16) == bin.own
                }
                if found > best?.count ?? 0 { best = (found, address) }
            }
        }
        guard let best, best.count >= binCount - binCount / 8 else { return nil }
        return best.address
    }

    private static func state(at address: UInt64, _ memory: any FrozenMemory) -> State? {
        let words = memory.words(at: address, count: Int(stateSize / 8))
        guard words.count == Int(stateSize / 8) else { return nil }
        let word = { (offset: UInt64) in words[Int(offset / 8)] }
        let state = State(
            address: address, top: word(topOffset),
            fastChunks: (0..<fastCount).map { word(fastOffset + UInt64($0) * 8) }.filter { $0 != 0 },
            next: word(nextOffset), isMangled: true, systemByteCount: word(systemOffset))
        guard state.top & 15 == 0, state.next & 7 == 0, state.next != 0 else { return nil }
        return state
    }

    /// Whether the first links of the lists lead to chunks.
    private static func areLinks(of state: State, mangled: Bool, _ memory: any FrozenMemory) -> Bool {
        state.fastChunks.allSatisfy { chunk in
            guard chunk & 15 == 0, let link = memory.word(at: chunk + 16) else { return false }
            let next = mangled ? link ^ ((chunk + 16) >> 12) : link
            return next == 0 || (next & 15 == 0 && memory.word(at: next + 8) != nil)
        }
    }

    /// The pieces of memory of an arena.
    func segments(of state: State, maps: [ProcessMap]) -> [Segment] {
        state.address == mainAddress ? mainSegments(of: state, maps) : threadSegments(of: state)
    }

    private func mainSegments(of state: State, _ maps: [ProcessMap]) -> [Segment] {
        // Its memory is at the break; where somebody else moved that, in pieces without a name.
        let heaps = maps.filter { $0.path == "[heap]" && $0.isWritable }
        guard let first = heaps.first, let last = heaps.last else { return [] }
        let range = first.start.rawValue..<last.end.rawValue
        // Who moved the break before malloc did owns the beginning.
        var start = range.lowerBound
        if state.systemByteCount > 0, range.contains(state.top), let size = memory.word(at: state.top + 8) {
            let end = state.top &+ (size & ~7)
            if end > state.systemByteCount, range.contains(end - state.systemByteCount) {
                start = end - state.systemByteCount
            }
        }
        return [Segment(range: start..<range.upperBound, first: (start + 15) & ~15)]
    }

    /// From the newest piece back to the one that the arena itself stands in.
    private func threadSegments(of state: State) -> [Segment] {
        var result: [Segment] = []
        var heap = state.top & ~(Self.heapSize - 1)
        while heap != 0, result.count < Self.mostArenas, !result.contains(where: { $0.range.lowerBound == heap }) {
            // struct heap_info: arena, previous piece, size; then what differs between versions.
            let info = memory.words(at: heap, count: 3)
            guard info.count == 3, info[0] == state.address, info[2] <= Self.heapSize, info[2] >= 4096 else { break }
            let isFirst = state.address > heap && state.address < heap + info[2]
            let first = isFirst ? (state.address + Self.stateSize + 15) & ~15 : firstChunk(after: heap)
            result.append(Segment(range: heap..<heap + info[2], first: first))
            if isFirst { break }
            heap = info[1]
        }
        return result
    }

    /// Behind the head of a piece, which is 32 or 48 bytes.
    private func firstChunk(after heap: UInt64) -> UInt64 {
        for size in [32, 48, 64] as [UInt64] {
            if let header = memory.word(at: heap + size + 8), header & ~7 >= 32, header & 8 == 0, header & 4 == 4 {
                return heap + size
            }
        }
        return heap + 48
    }
}
