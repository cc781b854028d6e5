import PerfLeaks
import PerfLinux

extension HeapRecording {
    /// What one look at a running process tells.
    package init(process: Process, duration: UInt64) {
        self.init(processes: [process], sampleBytes: nil, isSnapshot: true, smallCount: 0, duration: duration)
    }
}

extension HeapRecording.Process {
    /// What lives by type, at no stack: nobody saw who allocated it.
    package init(pid: Int32, name: String, search: LeakSearch) {
        let live = search.types.map { HeapRecording.Live(type: $0.key, count: $0.value.count, bytes: $0.value.bytes) }
            .sorted { ($0.bytes, $0.type ?? "") > ($1.bytes, $1.type ?? "") }
        let site = HeapRecording.Site(
            stack: nil, counts: HeapCounts(), peakCount: 0, peakBytes: 0, freedType: nil, live: live, isGrowing: false,
            leaks: search.report.groups)
        self.init(
            pid: pid, name: name, sites: [site], images: CodeImages(pid: pid, proc: ProcFileSystem()),
            timeline: HeapTimeline(), peakBytes: 0, peakTime: 0, peakCopyBytes: 0, use: nil, leaks: .searched(search),
            doubts: HeapRecording.Doubts())
    }
}
