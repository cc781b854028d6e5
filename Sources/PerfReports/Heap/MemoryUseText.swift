import PerfModel
import PerfProfiles

/// What the memory of a process is beside its live blocks, why it may not fall, and what to do.
struct MemoryUseText {
    /// What the allocator keeps for itself beside each block: the C library's header.
    private static let blockOverhead: UInt64 = 16

    let use: MemoryUse
    /// Whose memory it is, and how much is resident.
    let heading: String
    /// What resident memory is made of; no part is empty.
    let parts: [(bytes: UInt64, what: String)]
    let judgement: (text: String, remedy: String)?

    /// Nil where nobody could look.
    init?(_ heap: HeapSummary) {
        guard let use = heap.use, use.resident > 0 else { return nil }
        self.use = use
        heading =
            "Memory of \(Self.name(heap)): \(Quantity.text(Int64(clamping: use.resident), unit: "bytes")) resident"
        let live = heap.largest?.live ?? heap.live
        let overhead = min(live.count.multipliedReportingOverflow(by: Self.blockOverhead).partialValue, use.resident)
        // Large blocks are mapped on their own: the live ones are in the heap or beside it.
        let inHeap = use.heap &+ use.mapped
        let used = min(live.bytes &+ overhead, inHeap)
        let slack = inHeap - used
        // Free memory that was never touched since it came from the system is not resident.
        let top = min(use.allocatorTop ?? 0, slack)
        let bins = min((use.allocatorFree ?? 0) - min(use.allocatorTop ?? 0, use.allocatorFree ?? 0), slack - top)
        let isAttached = heap.isAttached
        let rest =
            isAttached
            ? "blocks from before the recording, free in the allocator, or mapped by the program itself"
            : use.allocator == nil
                ? "free in the allocator, or mapped by the program itself"
                : "blocks kept for threads (tcache), unused parts of blocks, or mapped by the program itself"
        let parts: [(UInt64, String)] = [
            (min(live.bytes, inHeap), isAttached ? "new live blocks" : "live blocks, as they were asked for"),
            (min(overhead, inHeap), "the allocator's headers, 16 B a block"),
            (bins, "free between live blocks (the allocator's bins): fragmentation, or kept for the next peak"),
            (top, "free at the top of the heap: malloc_trim(0) gives it back"),
            (slack - top - bins, rest),
            (use.stacks, "stacks of threads"), (use.file, "pages of files: code, data, mapped files"),
            (use.shared, "shared memory"),
        ]
        self.parts = parts.filter { $0.0 > 0 }.map { (bytes: $0.0, what: $0.1) }
        judgement = Self.judgement(heap, use: use, slack: slack)
    }

    func lines(of report: Report, style: TextStyle) -> [String] {
        var table = HeapTable(columns: ["share", "bytes"], text: "what")
        for (bytes, what) in parts {
            table.add(
                [
                    Quantity.percent(Int64(clamping: bytes), of: Int64(clamping: use.resident)),
                    Quantity.text(Int64(clamping: bytes), unit: "bytes"),
                ], what)
        }
        var lines = ["", style.heading(heading)]
        lines += table.lines(width: report.layout.width, style: style)
        if use.tracker > 0 {
            let tracker = Quantity.text(Int64(clamping: use.tracker), unit: "bytes")
            lines.append("  not counted: \(tracker) that the tracker itself takes")
        }
        if let judgement {
            lines += TextWrap.lines(judgement.text, width: report.layout.width, first: "  ", next: 2)
            lines += TextWrap.lines(judgement.remedy, width: report.layout.width, first: "    next: ", next: 10)
        }
        return lines
    }

    private static func name(_ heap: HeapSummary) -> String {
        guard let process = heap.largest else { return "the process" }
        return "\(process.name.printable) (pid \(process.pid)), which had the highest peak"
    }

    /// Why resident memory is as large as it is, where one reason stands out.
    private static func judgement(_ heap: HeapSummary, use: MemoryUse, slack: UInt64) -> (text: String, remedy: String)?
    {
        let whole = use.resident
        // Below that, the program itself is most of it.
        guard whole > 32 << 20, !heap.isAttached else { return nil }
        let live = heap.largest?.live.bytes ?? heap.live.bytes
        if live > whole / 2 {
            return (
                "Most of it is live: it falls only when the program lets go of something.",
                "look at the types and sites that live at the end"
            )
        }
        if slack > whole / 2 {
            let wasLive = heap.peak.bytes > live &+ slack / 2
            return wasLive
                ? (
                    "Most of it was live at the peak and is free now: the allocator keeps it for the next peak.",
                    "lower the peak, or give it back: malloc_trim(0) after it, MALLOC_ARENA_MAX=2, or jemalloc"
                )
                : (
                    "Most of it is neither live nor was live at the peak: fragmentation, or memory that the program "
                        + "maps itself.",
                    "MALLOC_ARENA_MAX=2 for many threads, or jemalloc; memory of its own: perfdoctor record -e page-faults"
                )
        }
        if use.stacks > whole / 2 {
            return ("Most of it is stacks of threads.", "start fewer threads, or smaller ones: ulimit -s")
        }
        if use.file > whole / 2 {
            return (
                "Most of it is pages of files, which the kernel takes back when it needs them.",
                "nothing: compare anonymous memory instead of RSS"
            )
        }
        return nil
    }
}
