import PerfLeaks
import PerfLinux
import PerfModel
import PerfSymbols

/// A look at the heap of a running process, from a snapshot of it: what lives, by type, and what leaks.
package struct LeakSearch: Sendable {
    package var report: LeakReport
    /// All blocks by the type of the object in them; nil for what is no object.
    package var types: [String?: HeapRecording.Amount]
    /// How long the process stood still, in nanoseconds.
    package var pause: UInt64
    /// Nanoseconds in which perfdoctor must not have been killed, lest the process crash.
    package var injection: UInt64
    /// How long the copy stood, in nanoseconds.
    package var lifetime: UInt64
    /// Pages that the process had to copy or to fetch meanwhile.
    package var faultCount: UInt64
    package var threadCount: Int
    /// What could not be seen, as a sentence each.
    package var doubts: [String]
    /// Whether something may leak that was not seen to.
    package var isPartial = false
    /// Whether the program has damaged its own heap.
    package var isDamaged = false

    /// Looks at a process.
    ///
    /// - Parameters:
    ///   - pid: of the process.
    ///   - tracked: what it has counted itself: where blocks came from.
    ///   - isWhole: whether that is all of them, from its start on; else its heap is walked.
    ///   - proc: where its files are.
    /// - Throws: why it cannot be looked at; it goes on unharmed.
    package init(
        of pid: Int32, tracked: HeapMemory? = nil, isWhole: Bool = false, proc: ProcFileSystem = ProcFileSystem()
    ) throws {
        try Self.checkRoom(for: pid, proc)
        // Other threads may go on allocating: what is there before and after was there in between.
        let before = tracked.map { Self.blocks(of: $0) }
        let faultsBefore = Self.faultCount(of: pid, proc)
        let snapshot = try ProcessSnapshot(of: pid, proc: proc)
        defer { snapshot.end() }
        let after = tracked.map { Self.blocks(of: $0) }
        let maps = ProcessMap.parse(try proc.contents(of: "\(snapshot.child)/maps")).maps
        let memory = SnapshotMemory(pid: snapshot.child)
        var doubts: [String] = []
        var heap: [Range<UInt64>] = []
        var blocks: [HeapBlocks.Block]
        do throws(GlibcHeapError) {
            let walk = try GlibcHeap(memory: memory, maps: maps)
            (heap, blocks, doubts) = (walk.ranges, walk.blocks, walk.doubts)
            isPartial = !walk.isWhole && !isWhole
            isDamaged = walk.doubts.contains { $0.contains("damaged") }
        } catch {
            // Blocks that were recorded are known all the same.
            guard tracked != nil, isWhole else { throw error }
            (heap, blocks) = ([], [])
            isPartial = true
            doubts.append("\(error.summary): what free memory still holds counts as references, and may hide leaks")
        }
        if let before, let after {
            let known = after.filter { before[$0.key] == $0.value }
            if isWhole {
                blocks = known.map(\.value)
            } else {
                for index in blocks.indices { blocks[index].site = known[blocks[index].address]?.site ?? 0 }
            }
        }
        let readable = maps.filter(\.isReadable).map { $0.start..<$0.end }
        var types = SwiftHeapTypes(memory: memory, mapped: readable)
        let roots = HeapRoots(maps: maps, threads: snapshot.threads, heap: heap)
        guard let known = HeapBlocks(blocks),
            let analysis = LeakAnalysis(known, roots: roots, in: memory, types: &types)
        else { throw HeapError.tooLarge(blocks: blocks.count) }
        report = analysis.report()
        self.types = analysis.blocksByType().mapValues { HeapRecording.Amount(count: $0.count, bytes: $0.bytes) }
        if analysis.graph.missingByteCount > 0 {
            doubts.append(
                "\(Quantity.text(Int64(clamping: analysis.graph.missingByteCount), unit: "bytes")) of blocks could not "
                    + "be read: what they refer to may be reported as leaked")
        }
        if !snapshot.end() {
            doubts.append("an ended child of the process (pid \(snapshot.child)) stays listed until the process ends")
        }
        (pause, injection, threadCount) = (snapshot.pause, snapshot.injection, snapshot.threads.count)
        lifetime = MonotonicClock.nanoseconds &- snapshot.time
        let faultsAfter = Self.faultCount(of: pid, proc)
        faultCount = faultsAfter > faultsBefore ? faultsAfter - faultsBefore : 0
        self.doubts = doubts
    }

    private static func blocks(of memory: HeapMemory) -> [UInt64: HeapBlocks.Block] {
        var result: [UInt64: HeapBlocks.Block] = [:]
        memory.forEachLiveBlock { block in
            result[block.address] = HeapBlocks.Block(
                address: block.address, byteCount: block.byteCount, site: block.stack)
        }
        return result
    }

    /// While the copy stands, each page that the process writes to takes room a second time.
    private static func checkRoom(for pid: Int32, _ proc: ProcFileSystem) throws {
        let files = HostFiles()
        let resident = statusBytes("VmRSS", files, "/proc/\(pid)/status")
        // A tenth of it written, and the tables of its pages.
        let needed = resident / 10 + resident / 512 + smallest
        let available = statusBytes("MemAvailable", files, "/proc/meminfo")
        if available > 0, available < needed {
            throw SnapshotError.noRoom(needed: needed, available: available, limit: "the host")
        }
        if let room = MemoryCgroup(pid: pid)?.room, room < needed {
            throw SnapshotError.noRoom(needed: needed, available: room, limit: "its cgroup")
        }
    }

    private static let smallest: UInt64 = 4 << 20

    /// `"VmRSS:  1234 kB"`, in bytes; 0 where it is not told.
    private static func statusBytes(_ key: String, _ files: HostFiles, _ path: String) -> UInt64 {
        files.field(key, at: path).flatMap { $0.split(separator: " ").first }.flatMap { UInt64($0) }.map { $0 << 10 }
            ?? 0
    }

    private static func faultCount(of pid: Int32, _ proc: ProcFileSystem) -> UInt64 {
        guard
            case .success(let bytes) = Result(catching: { () throws(SystemCallError) in
                try proc.contents(of: "\(pid)/stat", atMost: 4096)
            }), let end = bytes.lastIndex(of: UInt8(ascii: ")"))
        else { return 0 }
        // minflt is the tenth field, the state behind the name the third.
        let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
        return fields.count > 7 ? UInt64(fields[7]) ?? 0 : 0
    }
}
