import CPerfWire
import PerfLinux
import PerfModel

/// One program in one process, from its first heap call to its end: what perfdoctor keeps of it meanwhile.
final class TrackedProcess {
    /// Live blocks of one stack and one type.
    struct LiveGroup: Hashable {
        var stack: UInt32
        /// Nil for blocks that are no objects.
        var type: String?
    }

    let pid: Int32
    let name: String
    let memory: HeapMemory
    /// Nil where its memory is not limited.
    let cgroup: MemoryCgroup?
    private(set) var images: CodeImages
    private(set) var timeline = HeapTimeline()
    private(set) var growth = HeapGrowth()
    /// Live blocks at the end, or when last looked at; nil when the process ended unseen.
    private(set) var live: [LiveGroup: (count: UInt64, bytes: UInt64)]?
    private(set) var use: MemoryUse?
    /// Counters of the moment of `live`.
    private(set) var counts: [UInt32: HeapCounts]?
    /// What leaked when it was last looked at.
    private(set) var leaks = HeapRecording.Leaks.notSearched
    /// Whether looks at all that lives look for leaks as well.
    private let searchesLeaks: Bool
    /// Whether every block is known, from the first one on.
    private let isWhole: Bool
    /// Whether it told of its end, and was looked at then.
    private(set) var wasSeenEnding = false
    private var typeNames: any HeapTypeNames
    private var names: [UInt64: String?] = [:]
    private var stacksAtLastLook: UInt32 = 0
    private var lastLook: UInt64 = 0
    private let proc: ProcFileSystem

    /// Nanoseconds between two looks at the maps of a process that meets new stacks.
    private static let lookInterval: UInt64 = 100_000_000
    /// Looks at the maps until no library was unmapped meanwhile.
    private static let mostTries = 4
    /// First words that are remembered; most words of raw memory differ.
    private static let mostNames = 1 << 18

    init(
        pid: Int32, memory: HeapMemory, typeNames: any HeapTypeNames, searchesLeaks: Bool, isWhole: Bool = true,
        proc: ProcFileSystem
    ) {
        self.pid = pid
        self.searchesLeaks = searchesLeaks
        self.isWhole = isWhole && !memory.layout.isSampled
        self.memory = memory
        self.typeNames = typeNames
        self.proc = proc
        cgroup = MemoryCgroup(pid: pid)
        images = CodeImages(pid: pid, proc: proc)
        // It waits for its memory: what it was started with is mapped, and may be all there ever is to see.
        if case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
            try proc.contents(of: "\(pid)/maps", atMost: 64 << 20)
        }) {
            images.update(ProcessMap.parse(bytes).maps, epoch: 0)
        }
        let comm = Result { () throws(SystemCallError) in try proc.contents(of: "\(pid)/comm", atMost: 64) }
        name =
            if case .success(let bytes) = comm {
                String(decoding: bytes.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            } else { "pid \(pid)" }
    }

    var state: UInt32 { memory.control.state }

    /// Whether it waits for us to look at it.
    var isWaiting: Bool {
        let control = memory.control
        return control.asked != control.answer
    }

    /// Keeps what cannot be had later; a few times a second.
    func poll(start: UInt64, now: UInt64) {
        let control = memory.control
        // The program that it was about to execute could not be executed.
        if wasSeenEnding, control.state == PD_HEAP_ARMED.rawValue { wasSeenEnding = false }
        let time = now &- start
        timeline.add(
            HeapTimeline.Point(
                time: time, liveBytes: UInt64(max(0, control.live_bytes)), residentBytes: residentBytes()),
            at: time
        )
        if control.stack_count != stacksAtLastLook, now &- lastLook >= Self.lookInterval {
            stacksAtLastLook = control.stack_count
            lastLook = now
            lookAtMaps()
            typeNames.refresh()
            // What was freed told its type; it has a name only while the process lives.
            for counts in memory.counts().values {
                for word in counts.typeWords { _ = typeName(ofFirstWord: word) }
            }
        }
        if growth.isDue(at: time) {
            let before = MonotonicClock.nanoseconds
            let live = memory.counts().mapValues(\.liveBytes)
            growth.add(live, at: time, cost: MonotonicClock.nanoseconds &- before)
        }
    }

    /// Looks at a process that waits, and lets it go on.
    func attend() {
        // Before the state, which is written before the question.
        let asked = memory.control.asked
        let isEnding = state == PD_HEAP_ENDING.rawValue
        lookAtMaps()
        if isEnding {
            takeSnapshot()
            wasSeenEnding = true
        }
        memory.answer(asked)
    }

    /// Looks at everything that lives now; not at a process that has ended.
    func takeSnapshot() {
        guard lookAtMaps() else { return }
        typeNames.refresh()
        names = names.filter { $0.value != nil }
        let counts = memory.counts()
        self.counts = counts
        for counts in counts.values {
            for word in counts.typeWords { _ = typeName(ofFirstWord: word) }
        }
        var blocks: [HeapMemory.Block] = []
        memory.forEachLiveBlock { blocks.append($0) }
        var groups: [LiveGroup: (count: UInt64, bytes: UInt64)] = [:]
        let words = FirstWords(pid: pid).words(of: blocks)
        for (block, word) in zip(blocks, words) {
            let type = block.byteCount >= 16 ? word.flatMap { typeName(ofFirstWord: $0) } : nil
            let group = LiveGroup(stack: block.stack, type: type)
            let before = groups[group] ?? (0, 0)
            groups[group] = (before.count + 1, before.bytes &+ block.byteCount)
        }
        live = groups
        if searchesLeaks { searchLeaks() }
        if case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
            try proc.contents(of: "\(pid)/smaps", atMost: 256 << 20)
        }) {
            var found = MemoryUse(smaps: bytes)
            let control = memory.control
            if control.allocator_bytes > 0 {
                found.allocator = control.allocator_bytes
                found.allocatorFree = control.allocator_free
                found.allocatorTop = control.allocator_top
            }
            use = found
        }
    }

    private func searchLeaks() {
        do {
            leaks = .searched(try LeakSearch(of: pid, tracked: memory, isWhole: isWhole, proc: proc))
        } catch let error as any UserFacingError {
            leaks = .notFound(reason: error.summary, remedy: error.remedy)
        } catch {
            leaks = .notFound(reason: "\(error)", remedy: nil)
        }
    }

    /// The type that most blocks of a stack had; nil where none is known.
    func type(of counts: HeapCounts) -> String? {
        counts.typeWords.sorted().lazy.compactMap { self.typeName(ofFirstWord: $0) }.first
    }

    private func typeName(ofFirstWord word: UInt64) -> String? {
        if let known = names[word] { return known }
        // Metadata is aligned and in user space; most words of raw memory are told apart by that.
        guard word >= 4096, word < 1 << 47, word & 7 == 0 else { return nil }
        let name = typeNames.name(ofFirstWord: word)
        if names.count < Self.mostNames || name != nil { names[word] = .some(name) }
        return name
    }

    /// False when the process has no memory any more.
    @discardableResult
    private func lookAtMaps() -> Bool {
        // What was mapped after a library was unmapped must not count for the stacks from before.
        for _ in 0..<Self.mostTries {
            let epoch = memory.control.epoch
            guard
                case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                    try proc.contents(of: "\(pid)/maps", atMost: 64 << 20)
                })
            else { return false }
            guard memory.control.epoch == epoch else { continue }
            let maps = ProcessMap.parse(bytes).maps
            images.update(maps, epoch: epoch)
            return !maps.isEmpty
        }
        // It unmaps more; it waits for us before each time.
        return true
    }

    private func residentBytes() -> UInt64 {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "\(pid)/statm", atMost: 256)
            })
        else { return 0 }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (UInt64(fields[1]) ?? 0) &* 4096 : 0
    }
}
