import PerfAllocations
import PerfLeaks
import PerfModel
import PerfProfiles
import PerfSymbols

/// Makes a profile of recorded heaps: looks up all names, in bulk for each image.
struct HeapProfileBuilder {
    private let symbolizer: Symbolizer
    private var profile = Profile()
    private var functions = IndexedSet<Profile.Function>()
    private var labelSets = IndexedSet<[Profile.Label]>()
    private var warnings: [Warning] = []
    /// Images of all processes, each once: a library is symbolized once, however many processes use it.
    private var images: [CodeImages.Image] = []
    private var imageKeys = IndexedSet<ImageKey>()
    /// The profile's locations; nil for an address outside of all images.
    private var places = IndexedSet<Place?>()
    private var isSnapshot = false
    private var leafBytes: [Int: UInt64] = [:]
    private var bytes: UInt64 = 0
    /// What leaks, with its stack as places.
    private var leaks: [(group: LeakReport.Group, frames: [Int], pid: Int32)] = []

    /// What a sample of a heap profile counts, in this order.
    static let sampleTypes = [
        Profile.ValueType(type: "alloc_objects", unit: "count"),
        Profile.ValueType(type: "alloc_space", unit: "bytes"),
        Profile.ValueType(type: "temporary_objects", unit: "count"),
        Profile.ValueType(type: "peak_space", unit: "bytes"),
        Profile.ValueType(type: "inuse_objects", unit: "count"),
        Profile.ValueType(type: "inuse_space", unit: "bytes"),
    ]

    /// Uses a symbolizer; its worker ends with it.
    init(symbolizer: Symbolizer) {
        self.symbolizer = symbolizer
    }

    /// The profile, symbolized and complete but for times and extras that only the session knows.
    mutating func profile(of recording: HeapRecording) -> (profile: Profile, warnings: [Warning]) {
        profile.sampleTypes = Self.sampleTypes
        profile.periodType = Profile.ValueType(type: "space", unit: "bytes")
        profile.period = recording.sampleBytes.map { Int64(clamping: $0) } ?? 1
        _ = labelSets.index(of: [])
        isSnapshot = recording.isSnapshot
        for process in recording.processes { add(process) }
        symbolize()
        profile.functions = functions.elements
        profile.labelSets = labelSets.elements
        profile.defaultSampleType = profile.total(ofValue: 5) > 0 ? "inuse_space" : "alloc_space"
        return (profile, warnings)
    }

    /// What leaks, with names; after ``profile(of:)``.
    ///
    /// - Parameters:
    ///   - recording: the same.
    ///   - suppressions: what is known and not to be counted.
    /// - Returns: nil where nobody looked.
    func leaks(of recording: HeapRecording, suppressions: [LeakSuppression]) -> HeapLeaks? {
        var result = HeapLeaks()
        for process in recording.processes {
            guard case .searched(let search) = process.leaks else {
                if case .notFound = process.leaks { result.isPartial = true }
                continue
            }
            if search.isPartial { result.isPartial = true }
            result.snapshots.append(
                HeapLeaks.Snapshot(
                    pid: process.pid, pause: search.pause, injection: search.injection, lifetime: search.lifetime,
                    faults: search.faultCount, threads: search.threadCount))
        }
        guard !result.snapshots.isEmpty else { return nil }
        result.groups = leaks.map { leak in
            HeapLeaks.Group(
                kind: leak.group.kind.rawValue, type: leak.group.type, count: leak.group.count,
                bytes: leak.group.byteCount, isHead: leak.group.isHead, headCount: leak.group.headCount,
                keptCount: leak.group.keptCount,
                keptBytes: leak.group.keptByteCount,
                path: leak.group.path.map { HeapLeaks.Step(type: $0.type, field: $0.field) },
                stack: profile.names(ofStack: leak.frames), example: leak.group.example, pid: leak.pid)
        }
        var causes = IndexedSet<[Int]>()
        result.suppress(suppressions, causes: leaks.map { causes.index(of: [Int($0.pid), $0.group.cause]) })
        result.groups.sort { first, second in
            (first.isHead ? 1 : 0, first.keptBytes, first.bytes, second.type ?? "", second.example)
                > (second.isHead ? 1 : 0, second.keptBytes, second.bytes, first.type ?? "", first.example)
        }
        return result
    }

    /// A code address in an image.
    private struct Place: Hashable {
        var image: Int
        var address: ImageAddress
    }

    /// What makes images of several processes the same.
    private struct ImageKey: Hashable {
        var path: String
        var buildID: [UInt8]
        /// The process and its number there of an image that tells no build ID.
        var other: [Int]
    }

    private mutating func add(_ process: HeapRecording.Process) {
        let pooled = process.images.images.enumerated().map { number, image in
            let buildID = image.file == nil ? [] : Array(image.elf?.buildID ?? [])
            let key = ImageKey(
                path: image.path, buildID: buildID, other: buildID.isEmpty ? [Int(process.pid), number] : [])
            let index = imageKeys.index(of: key)
            if index == images.count { images.append(image) }
            return index
        }
        for site in process.sites {
            let frames = (site.stack?.frames ?? []).map { address in
                // A return address is behind its call: the line is that of the byte before.
                places.index(
                    of: process.images.image(at: address &- 1, epoch: site.stack?.epoch ?? 0)
                        .map { Place(image: pooled[$0.index], address: $0.address) })
            }
            add(site, of: process, frames: frames)
            leaks += site.leaks.map { ($0, frames, process.pid) }
            bytes &+= site.counts.bytes
            guard let leaf = frames.first.flatMap({ places.elements[$0] }) else { continue }
            leafBytes[leaf.image, default: 0] &+= site.counts.bytes
        }
    }

    /// Gives all places their names, image by image.
    private mutating func symbolize() {
        profile.locations = places.elements.map {
            Profile.Location(mapping: nil, address: $0?.address.rawValue ?? 0, lines: [])
        }
        let members = Dictionary(grouping: places.elements.indices.filter { places.elements[$0] != nil }) {
            places.elements[$0]?.image ?? 0
        }
        for (index, members) in members.sorted(by: { $0.key < $1.key }) {
            let share = bytes == 0 ? 0 : Double(leafBytes[index] ?? 0) / Double(bytes)
            symbolize(images[index], members, isRelevant: share >= Self.relevantShare)
        }
    }

    private mutating func symbolize(_ image: CodeImages.Image, _ members: [Int], isRelevant: Bool) {
        let code = image.elf?.executableRanges.first
        let mapping = profile.mappings.count
        profile.mappings.append(
            Profile.Mapping(
                start: code?.lowerBound.rawValue ?? 0, limit: code?.upperBound.rawValue ?? .max,
                offset: code.flatMap { image.elf?.fileOffset(of: $0.lowerBound)?.rawValue } ?? 0, file: image.path,
                buildID: image.elf?.buildID.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() ?? ""
            ))
        for member in members { profile.locations[member].mapping = mapping }
        guard let file = image.file else {
            if let problem = image.problem, isRelevant {
                warnings.append(
                    Warning(
                        code: "unreadable_image", message: "functions have no names: \(problem)",
                        remedy: "record again while the file is where the program found it"))
            }
            return
        }
        let found = symbolizer.frames(
            of: SymbolImage(path: image.path, kind: .elf(file: file, root: image.root), elf: image.elf),
            at: members.map { places.elements[$0]?.address ?? ImageAddress(rawValue: 0) }
        )
        for (member, sources) in zip(members, found.frames) {
            profile.locations[member].lines = functions.lines(of: sources)
        }
        if isRelevant { warnings += found.warnings }
    }

    /// Share of the allocated bytes from which on it matters that an image has no names or lines.
    private static let relevantShare = 0.1

    private mutating func add(_ site: HeapRecording.Site, of process: HeapRecording.Process, frames: [Int]) {
        var common = [
            Profile.Label(key: LabelKey.process, value: .text(process.name)),
            Profile.Label(key: LabelKey.processID, value: .number(Int64(process.pid), unit: "")),
        ]
        if site.isGrowing { common.append(Profile.Label(key: LabelKey.growth, value: .text("grows"))) }
        // Nobody saw who allocated what a running process holds.
        if !isSnapshot, let doubt = doubt(of: site) {
            common.append(Profile.Label(key: LabelKey.stack, value: .text(doubt)))
        }
        let counts = site.counts
        let main = site.freedType ?? site.live.first { $0.type != nil }?.type
        // All that was ever allocated has the stack's main type; what lives has its own.
        var hasMain = false
        for live in site.live + [HeapRecording.Live(type: main, count: 0, bytes: 0)] {
            let isMain = !hasMain && live.type == main
            if live.count == 0, live.bytes == 0, !isMain || counts.allocations == 0 { continue }
            if isMain { hasMain = true }
            var labels = common
            if let type = live.type { labels.append(Profile.Label(key: LabelKey.type, value: .text(type))) }
            let whole: [UInt64] =
                isMain ? [counts.allocations, counts.bytes, counts.temporary, site.peakBytes] : [0, 0, 0, 0]
            profile.samples.append(
                Profile.Sample(
                    locations: frames, values: (whole + [live.count, live.bytes]).map { Int64(clamping: $0) },
                    labelSet: labelSets.index(of: labels)
                ))
        }
    }

    private func doubt(of site: HeapRecording.Site) -> String? {
        guard let stack = site.stack else { return "missing" }
        return stack.isCut ? "truncated" : stack.isForeign ? "unrooted" : nil
    }
}
