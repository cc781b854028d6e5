import PerfAllocations
import PerfModel
import PerfProfiles

extension HeapSummary {
    /// The totals of a recording.
    init(_ recording: HeapRecording) {
        self.init()
        sampleBytes = recording.sampleBytes
        processCount = recording.processes.count
        var variance = 0.0
        for site in recording.processes.lazy.flatMap(\.sites) {
            allocations.count &+= site.counts.allocations
            allocations.bytes &+= site.counts.bytes
            frees.count &+= site.counts.frees
            frees.bytes &+= site.counts.freedBytes
            temporaryCount &+= site.counts.temporary
            variance += site.counts.variance
            for part in site.live {
                live.count &+= part.count
                live.bytes &+= part.bytes
            }
        }
        bytesError = variance.squareRoot()
        // Processes do not reach their peaks together: the largest one is told with its time.
        if let largest = recording.processes.max(by: { $0.peakBytes < $1.peakBytes }) {
            peak.bytes = largest.peakBytes
            peak.at = largest.peakTime
            peak.copied = largest.peakCopyBytes
            growth.times = largest.timeline.points.map(\.time)
            growth.live = largest.timeline.points.map(\.liveBytes)
            growth.resident = largest.timeline.points.map(\.residentBytes)
            use = largest.use
            if recording.processes.count > 1 {
                var live = Amount()
                for part in largest.sites.lazy.flatMap(\.live) {
                    live.count &+= part.count
                    live.bytes &+= part.bytes
                }
                self.largest = Process(name: largest.name, pid: largest.pid, live: live)
            }
        }
    }
}
