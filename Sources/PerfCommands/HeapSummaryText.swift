import PerfModel
import PerfProfiles
import PerfReports
import PerfSessions

/// What a heap recording found in a few numbers, and what to do with it, for standard error.
struct HeapSummaryText {
    let recording: HeapSession.Recording
    let path: String

    var text: String {
        let heap = recording.profile.extras?.heap ?? HeapSummary()
        func bytes(_ count: UInt64) -> String { Quantity.text(Int64(clamping: count), unit: "bytes") }
        let blocks = Quantity.counted(Int64(clamping: heap.allocations.count), "block")
        let about = heap.sampleBytes == nil ? "" : "about "
        return """
            perfdoctor: \(recording.name.printable) allocated \(about)\(bytes(heap.allocations.bytes)) in \(blocks); \
            at most \(bytes(heap.peak.bytes)) lived at once, \(bytes(heap.live.bytes)) at the end
            perfdoctor: wrote \(path.printable); look at it with: perfdoctor report \(path.shellWord)
            """
    }
}
