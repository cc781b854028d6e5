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
        if heap.isSnapshot == true {
            return """
                perfdoctor: \(recording.name.printable) (pid \(recording.pid)) holds \(bytes(heap.live.bytes)) in \
                \(Quantity.counted(Int64(clamping: heap.live.count), "block"))\(leaks(heap, bytes))
                perfdoctor: wrote \(path.printable); look at it with: perfdoctor report \(path.shellWord)
                """
        }
        if heap.isAttached {
            let about = heap.sampleBytes == nil ? "" : "about "
            return """
                perfdoctor: \(recording.name.printable) (pid \(recording.pid)) allocated \(about)\
                \(bytes(heap.allocations.bytes)) in \(blocks) meanwhile and kept \(bytes(heap.live.bytes)) of it\
                \(leaks(heap, bytes))
                perfdoctor: wrote \(path.printable); look at it with: perfdoctor report \(path.shellWord)
                """
        }
        let about = heap.sampleBytes == nil ? "" : "about "
        return """
            perfdoctor: \(recording.name.printable) allocated \(about)\(bytes(heap.allocations.bytes)) in \(blocks); \
            at most \(bytes(heap.peak.bytes)) lived at once, \(bytes(heap.live.bytes)) at the end\(leaks(heap, bytes))
            perfdoctor: wrote \(path.printable); look at it with: perfdoctor report \(path.shellWord)
            """
    }

    private func leaks(_ heap: HeapSummary, _ bytes: (UInt64) -> String) -> String {
        guard let leaks = heap.leaks else { return "" }
        let known = leaks.suppressed.reduce(0) { $0 &+ $1.count }
        let suppressed = known > 0 ? " (\(Quantity.grouped(Int64(clamping: known))) more suppressed)" : ""
        guard leaks.count > 0 else {
            return "; nothing \(leaks.isPartial ? "that could be seen " : "")leaks\(suppressed)"
        }
        return
            "; \(bytes(leaks.bytes)) in \(Quantity.counted(Int64(clamping: leaks.count), "block")) leaked\(suppressed)"
    }
}
