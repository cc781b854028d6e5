import PerfAllocations
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
        for process in recording.processes { add(process) }
        profile.functions = functions.elements
        profile.labelSets = labelSets.elements
        profile.defaultSampleType = profile.total(ofValue: 5) > 0 ? "inuse_space" : "alloc_space"
        return (profile, warnings)
    }

    /// A code address in an image.
    private struct Place: Hashable {
        var image: Int
        var address: ImageAddress
    }

    private mutating func add(_ process: HeapRecording.Process) {
        var places = IndexedSet<Place?>()
        let stacks = process.sites.map { site -> [Int] in
            guard let stack = site.stack else { return [] }
            return stack.frames.map { address in
                // A return address is behind its call: the line is that of the byte before.
                places.index(
                    of: process.images.image(at: address &- 1, epoch: stack.epoch)
                        .map { Place(image: $0.index, address: $0.address) })
            }
        }
        let first = profile.locations.count
        profile.locations += places.elements.map {
            Profile.Location(mapping: nil, address: $0?.address.rawValue ?? 0, lines: [])
        }
        let members = Dictionary(grouping: places.elements.indices.filter { places.elements[$0] != nil }) {
            places.elements[$0]?.image ?? 0
        }
        for (image, members) in members.sorted(by: { $0.key < $1.key }) {
            let share = process.leafShare(ofPlaces: Set(members), stacks)
            symbolize(process.images.images[image], members, places.elements.map { $0?.address }, first, share)
        }
        for (site, stack) in zip(process.sites, stacks) {
            add(site, of: process, frames: stack.map { first + $0 })
        }
    }

    private mutating func symbolize(
        _ image: CodeImages.Image, _ members: [Int], _ addresses: [ImageAddress?], _ first: Int, _ share: Double
    ) {
        let code = image.elf?.executableRanges.first
        let mapping = profile.mappings.count
        profile.mappings.append(
            Profile.Mapping(
                start: code?.lowerBound.rawValue ?? 0, limit: code?.upperBound.rawValue ?? .max,
                offset: code.flatMap { image.elf?.fileOffset(of: $0.lowerBound)?.rawValue } ?? 0, file: image.path,
                buildID: image.elf?.buildID.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() ?? ""
            ))
        for member in members { profile.locations[first + member].mapping = mapping }
        guard let file = image.file else {
            if let problem = image.problem, share >= Self.relevantShare {
                warnings.append(
                    Warning(
                        code: "unreadable_image", message: "functions have no names: \(problem)",
                        remedy: "record again while the file is where the program found it"))
            }
            return
        }
        let found = symbolizer.frames(
            of: SymbolImage(path: image.path, kind: .elf(file: file, root: image.root), elf: image.elf),
            at: members.map { addresses[$0] ?? ImageAddress(rawValue: 0) }
        )
        for (member, sources) in zip(members, found.frames) {
            profile.locations[first + member].lines = functions.lines(of: sources)
        }
        if share >= Self.relevantShare { warnings += found.warnings }
    }

    /// Share of the allocated bytes from which on it matters that an image has no names or lines.
    private static let relevantShare = 0.1

    private mutating func add(_ site: HeapRecording.Site, of process: HeapRecording.Process, frames: [Int]) {
        var common = [
            Profile.Label(key: LabelKey.process, value: .text(process.name)),
            Profile.Label(key: LabelKey.processID, value: .number(Int64(process.pid), unit: "")),
        ]
        if site.isGrowing { common.append(Profile.Label(key: LabelKey.growth, value: .text("grows"))) }
        if let doubt = doubt(of: site) { common.append(Profile.Label(key: LabelKey.stack, value: .text(doubt))) }
        let counts = site.counts
        let main = site.freedType ?? site.live.first { $0.type != nil }?.type
        // All that was ever allocated has the stack's main type; what lives has its own.
        var hasMain = false
        for live in site.live + [HeapRecording.Live(type: main, count: 0, bytes: 0)] {
            let isMain = !hasMain && live.type == main
            if !isMain, live.count == 0, live.bytes == 0 { continue }
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

extension HeapRecording.Process {
    /// The share of the allocated bytes whose innermost frame is one of these places.
    fileprivate func leafShare(ofPlaces places: Set<Int>, _ stacks: [[Int]]) -> Double {
        var part: UInt64 = 0
        var whole: UInt64 = 0
        for (site, stack) in zip(sites, stacks) {
            whole &+= site.counts.bytes
            if let leaf = stack.first, places.contains(leaf) { part &+= site.counts.bytes }
        }
        return whole == 0 ? 0 : Double(part) / Double(whole)
    }
}
