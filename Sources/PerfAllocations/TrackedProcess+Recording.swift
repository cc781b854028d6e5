import CPerfWire
import PerfLeaks

extension TrackedProcess {
    /// What is known of the process by now.
    func recorded(start: UInt64) -> HeapRecording.Process {
        let control = memory.control
        let counts = self.counts ?? memory.counts()
        let peaks = memory.peak()
        let growing = growth.growing()
        var leaksByStack: [UInt32: [LeakReport.Group]] = [:]
        if case .searched(let search) = leaks { leaksByStack = Dictionary(grouping: search.report.groups, by: \.site) }
        let liveByStack = Dictionary(grouping: live ?? [:]) { $0.key.stack }
        var sites: [HeapRecording.Site] = []
        for number in Set(counts.keys).union(peaks.keys).sorted() {
            let counts = counts[number] ?? HeapCounts()
            let type = type(of: counts)
            sites.append(
                HeapRecording.Site(
                    stack: memory.stack(number), counts: counts, peakCount: peaks[number]?.count ?? 0,
                    peakBytes: peaks[number]?.bytes ?? 0, freedType: type,
                    live: live(of: counts, groups: liveByStack[number] ?? [], type: type),
                    isGrowing: growing.contains(number), leaks: leaksByStack.removeValue(forKey: number) ?? []
                ))
        }
        // Of blocks whose stack is not known.
        let others = leaksByStack.sorted { $0.key < $1.key }.flatMap(\.value)
        if !others.isEmpty {
            sites.append(
                HeapRecording.Site(
                    stack: nil, counts: HeapCounts(), peakCount: 0, peakBytes: 0, freedType: nil, live: [],
                    isGrowing: false, leaks: others))
        }
        let live = sites.reduce(UInt64(0)) { $0 &+ $1.counts.liveBytes }
        var process = HeapRecording.Process(
            pid: pid, name: name, sites: sites, images: images, timeline: timeline,
            peakBytes: UInt64(max(0, control.peak_bytes)),
            peakTime: control.peak_time_ns > start ? control.peak_time_ns - start : 0,
            peakCopyBytes: UInt64(max(0, control.peak_copy_bytes)), use: use, leaks: leaks, doubts: doubts(control)
        )
        // A heap too small for a look on its way up had its peak at the end, as far as anybody can tell.
        if live > process.peakBytes {
            process.peakBytes = live
            process.peakCopyBytes = live
            for index in process.sites.indices {
                process.sites[index].peakBytes = process.sites[index].counts.liveBytes
                process.sites[index].peakCount = process.sites[index].counts.liveCount
            }
        }
        return process
    }

    /// The live blocks of a stack by type: as they were looked at, scaled to what was counted.
    private func live(
        of counts: HeapCounts, groups: [(key: LiveGroup, value: (count: UInt64, bytes: UInt64))], type: String?
    ) -> [HeapRecording.Live] {
        guard counts.liveCount > 0 || counts.liveBytes > 0 else { return [] }
        let seen = groups.reduce(UInt64(0)) { $0 &+ $1.value.count }
        guard seen > 0 else {
            return [HeapRecording.Live(type: type, count: counts.liveCount, bytes: counts.liveBytes)]
        }
        guard memory.layout.isSampled else {
            return groups.map { HeapRecording.Live(type: $0.key.type, count: $0.value.count, bytes: $0.value.bytes) }
                .sorted { ($0.bytes, $0.type ?? "") > ($1.bytes, $1.type ?? "") }
        }
        return groups.map { group in
            let share = Double(group.value.count) / Double(seen)
            return HeapRecording.Live(
                type: group.key.type, count: UInt64((Double(counts.liveCount) * share).rounded()),
                bytes: UInt64((Double(counts.liveBytes) * share).rounded())
            )
        }.sorted { ($0.bytes, $0.type ?? "") > ($1.bytes, $1.type ?? "") }
    }

    private func doubts(_ control: pd_heap_control) -> HeapRecording.Doubts {
        var doubts = HeapRecording.Doubts()
        doubts.nested = control.nested
        doubts.unknownFrees = control.unknown_frees
        doubts.unseenFrees = control.unseen_frees
        doubts.outOfRange = control.out_of_range
        doubts.overflow = control.overflow
        doubts.fullBuckets = control.full_buckets
        doubts.tornStacks = control.torn_stacks
        doubts.unwound = control.unwound
        doubts.sharedThreads = control.shared_threads
        doubts.untrackedForks = control.forks
        doubts.hasLibunwind = control.has_libunwind != 0
        doubts.wasSeenEnding = live != nil
        switch control.stopped {
        case 0: break
        case UInt32(PD_HEAP_STOPPED_MEMORY): doubts.stop = .memory(limit: cgroup?.limit ?? 0)
        default: doubts.stop = .addressSpace
        }
        if live == nil || doubts.stop != nil, let cgroup, cgroup.hasKilled { doubts.memoryLimit = cgroup.limit }
        doubts.ownByteCount = memory.allocatedByteCount
        doubts.isSmall = memory.layout == .small
        // SAFETY: the bytes are those of the value, which outlives the call.
        doubts.allocator = unsafe withUnsafeBytes(of: control.allocator) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return doubts
    }
}
