import PerfModel

/// Tells the programs in the kernel which words of a stack are code: where the code of each process lies.
///
/// A process is described once its mappings have rested for a while; until then the programs guess. Each description
/// has a number of its own, so that keys of stacks before and after a change differ.
final class CodeGranules {
    private typealias Layout = WaitProgramLayout

    private let kernel: WaitKernelSide
    private let lookup: SampleLookup
    /// The space that each process is described with.
    private var described: [Int32: UInt64] = [:]
    /// Granules and number of processes by space.
    private var spaces: [UInt64: (granules: [UInt64], users: Int)] = [:]
    private var candidates: Set<Int32> = []
    private var changedAt: [Int32: UInt64] = [:]

    /// Nanoseconds that mappings have to rest.
    private static let rest: UInt64 = 200_000_000
    /// A mapping of a page or two is the vDSO.
    private static let smallest: UInt64 = 16 << 10

    init(kernel: WaitKernelSide, lookup: SampleLookup) {
        self.kernel = kernel
        self.lookup = lookup
    }

    /// A process that is observed.
    func noteUse(by pid: Int32) {
        if described[pid] == nil { candidates.insert(pid) }
    }

    func apply(_ record: ProcessRecord, at time: UInt64) {
        switch record {
        case .mapped(let mapping):
            changedAt[mapping.pid] = time
            if described[mapping.pid] != nil { forget(mapping.pid) }
            candidates.insert(mapping.pid)
        case .named(let pid, _, _, isExec: true):
            changedAt[pid] = time
            if described[pid] != nil { forget(pid) }
        case .forked(let pid, let parent, _, _) where pid != parent:
            // The program has copied the description already.
            if let space = described[parent] {
                described[pid] = space
                spaces[space]?.users += 1
            }
        case .exited(let pid, let tid) where pid == tid:
            if described[pid] != nil { forget(pid) }
            changedAt[pid] = nil
            candidates.remove(pid)
        default: break
        }
    }

    /// Describes processes whose mappings have rested.
    func update(at time: UInt64) {
        for pid in candidates where time &- min(changedAt[pid] ?? 0, time) >= Self.rest {
            candidates.remove(pid)
            changedAt[pid] = nil
            describe(pid, as: lookup.place(pid: pid, tid: pid, at: time).maps.space)
        }
    }

    private func describe(_ pid: Int32, as space: AddressSpace) {
        let regions = space.regions.filter {
            $0.isExecutable && $0.end.rawValue - $0.start.rawValue > Self.smallest && $0.end.rawValue < 1 << 47
        }.map { $0.start.rawValue..<$0.end.rawValue }
        guard !regions.isEmpty else { return }
        let ranges = Self.twoRanges(regions)
        let number = UInt64(UInt32(truncatingIfNeeded: space.id))
        if spaces[number] == nil {
            let granules = Set(
                regions.flatMap { region in
                    (region.lowerBound >> Layout.granuleShift)...((region.upperBound - 1) >> Layout.granuleShift)
                })
            let keys = granules.map { number << 32 | $0 }
            for key in keys {
                // Without room, words there are no code: keys tell less, and the programs go on.
                kernel.granules.set([UInt8](words: [key]), to: [0, 0, 0, 0])
            }
            spaces[number] = (keys, 0)
        }
        spaces[number]?.users += 1
        described[pid] = number
        kernel.spaces.set(
            [UInt8](words: [], halves: [UInt32(bitPattern: pid)]),
            to: [UInt8](words: [
                number, ranges.0.lowerBound, ranges.0.upperBound, ranges.1.lowerBound, ranges.1.upperBound,
            ])
        )
    }

    private func forget(_ pid: Int32) {
        kernel.spaces.remove([UInt8](words: [], halves: [UInt32(bitPattern: pid)]))
        guard let space = described.removeValue(forKey: pid), let users = spaces[space]?.users else { return }
        spaces[space]?.users = users - 1
        guard users == 1, let granules = spaces.removeValue(forKey: space)?.granules else { return }
        for key in granules { kernel.granules.remove([UInt8](words: [key])) }
    }

    /// Two ranges that hold all of the regions, with the largest gap left out: a program's own code, and libraries.
    static func twoRanges(_ regions: [Range<UInt64>]) -> (Range<UInt64>, Range<UInt64>) {
        let sorted = regions.sorted { $0.lowerBound < $1.lowerBound }
        guard let first = sorted.first, let last = sorted.last else { return (0..<0, 0..<0) }
        var gap: (size: UInt64, index: Int) = (0, 0)
        for index in sorted.indices.dropFirst() {
            let size = sorted[index].lowerBound &- sorted[index - 1].upperBound
            if size > gap.size { gap = (size, index) }
        }
        guard gap.index > 0 else { return (first.lowerBound..<last.upperBound, last.upperBound..<last.upperBound) }
        return (
            first.lowerBound..<sorted[gap.index - 1].upperBound, sorted[gap.index].lowerBound..<last.upperBound
        )
    }
}
