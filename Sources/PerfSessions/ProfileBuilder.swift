import PerfLinux
import PerfModel
import PerfProfiles
import PerfSampling
import PerfSymbols

/// Makes a profile of sampled stacks: looks up all names, in bulk for each image.
package struct ProfileBuilder {
    private let symbolizer: Symbolizer

    /// Uses a symbolizer; its worker ends with it.
    package init(symbolizer: Symbolizer) {
        self.symbolizer = symbolizer
    }

    /// The profile, symbolized and complete but for times and extras that only the session knows.
    package func profile(of sampled: SampledStacks) -> (profile: Profile, warnings: [Warning]) {
        var profile = Profile()
        var functions = IndexedSet<Profile.Function>()
        var warnings: [Warning] = []
        let samples = sampled.samples
        let weights = FrameWeights(sampled, samples)
        let frames = sampled.frames
        profile.locations = frames.map { Profile.Location(mapping: nil, address: $0.address.rawValue, lines: []) }
        for (index, members) in sampled.framesByImage.sorted(by: { $0.key < $1.key }) {
            let image = sampled.images[index]
            let symbols = image.symbolSource.map {
                symbolizer.frames(of: $0, at: members.map { frames[$0].address })
            }
            let mapping = profile.mappings.count
            profile.mappings.append(image.mapping)
            for frame in members { profile.locations[frame].mapping = mapping }
            for (frame, sources) in zip(members, symbols?.frames ?? []) {
                profile.locations[frame].lines = functions.lines(of: sources)
            }
            let doubts = ImageDoubts(
                image: image, symbols: symbols, selfShare: weights.selfShare(ofImage: index),
                breakShare: weights.breakShare(ofImage: index)
            )
            warnings += doubts.warnings
        }
        profile.functions = functions.elements
        add(samples, of: sampled, to: &profile)
        return (profile, warnings)
    }

    private func add(_ samples: [SampledStacks.Sample], of sampled: SampledStacks, to profile: inout Profile) {
        var labelSets = IndexedSet<[Profile.Label]>()
        _ = labelSets.index(of: [])
        let isTime = sampled.isTime
        let isOffCPU = sampled.event == .switchRecords
        profile.sampleTypes = [
            Profile.ValueType(type: "samples", unit: "count"),
            isTime
                ? Profile.ValueType(type: "cpu", unit: "nanoseconds")
                : Profile.ValueType(type: sampled.event.name, unit: "count"),
        ]
        if sampled.waits != nil {
            let offCPU = Profile.ValueType(type: "off_cpu", unit: "nanoseconds")
            if isOffCPU { profile.sampleTypes[1] = offCPU } else { profile.sampleTypes.append(offCPU) }
        }
        profile.defaultSampleType = profile.sampleTypes.last?.type ?? ""
        profile.periodType = profile.sampleTypes[1]
        profile.period = isTime ? 1_000_000_000 / Int64(sampled.frequency) : 1
        let waits = (sampled.waits?.waits ?? []).filter { sampled.threads.indices.contains($0.thread) }
        profile.timeline = sampled.timeline(of: samples, waits: waits)
        for sample in samples {
            var labels = labels(ofThread: sampled.threads[sample.thread])
            if let doubt = sample.doubt { labels.append(Profile.Label(key: LabelKey.stack, value: .text(doubt))) }
            profile.samples.append(
                Profile.Sample(
                    locations: sample.frames,
                    values: [Int64(clamping: sample.count), Int64(clamping: sampled.value(of: sample))]
                        + (sampled.waits == nil ? [] : [0]),
                    labelSet: labelSets.index(of: labels)
                )
            )
        }
        for wait in waits {
            let frames = sampled.frames(of: wait)
            let names = frames.prefix(IdleWaits.depth).flatMap { profile.locations[$0].lines }
                .map { profile.functions[$0.function].name }
            let reason = IdleWaits.reason(
                names, thread: sampled.threads[wait.thread].name, reason: wait.reason)
            var labels = labels(ofThread: sampled.threads[wait.thread])
            labels.append(Profile.Label(key: LabelKey.wait, value: .text(reason.rawValue)))
            if !wait.function.isEmpty {
                labels.append(Profile.Label(key: LabelKey.waitFunction, value: .text(wait.function)))
            }
            if !wait.waker.isEmpty { labels.append(Profile.Label(key: LabelKey.waker, value: .text(wait.waker))) }
            if let doubt = wait.doubt { labels.append(Profile.Label(key: LabelKey.stack, value: .text(doubt))) }
            profile.samples.append(
                Profile.Sample(
                    locations: frames,
                    values: [Int64(clamping: wait.count)] + (isOffCPU ? [] : [0]) + [Int64(clamping: wait.time)],
                    labelSet: labelSets.index(of: labels)
                )
            )
        }
        profile.labelSets = labelSets.elements
        if sampled.waits != nil, !isOffCPU { profile.defaultSampleType = Self.largerTime(in: profile) }
    }
}

extension ProfileBuilder {
    /// Of CPU time and time off the CPU what a reader wants first: the larger one, waits for work left out.
    private static func largerTime(in profile: Profile) -> String {
        let offCPU = profile.total(ofValue: 2) &- profile.idleTotal(ofValue: 2)
        return profile.sampleTypes[offCPU > profile.total(ofValue: 1) ? 2 : 1].type
    }

    private func labels(ofThread thread: SampledStacks.Thread) -> [Profile.Label] {
        [
            Profile.Label(key: LabelKey.process, value: .text(thread.processName)),
            Profile.Label(key: LabelKey.processID, value: .number(Int64(thread.pid), unit: "")),
            Profile.Label(key: LabelKey.thread, value: .text(thread.name)),
            Profile.Label(key: LabelKey.threadID, value: .number(Int64(thread.tid), unit: "")),
            Profile.Label(key: LabelKey.async, value: .text("none")),
        ]
    }
}

/// How much of a recording each image accounts for.
private struct FrameWeights {
    private var selfCounts: [Int: UInt64] = [:]
    private var breakCounts: [Int: UInt64] = [:]
    private var total: UInt64 = 0

    init(_ sampled: SampledStacks, _ samples: [SampledStacks.Sample]) {
        for sample in samples {
            total &+= sample.count
            if let leaf = sample.frames.first {
                selfCounts[sampled.imageIndex(ofFrame: leaf), default: 0] &+= sample.count
            }
            if sample.breaksOff, let outermost = sample.frames.last {
                breakCounts[sampled.imageIndex(ofFrame: outermost), default: 0] &+= sample.count
            }
        }
    }

    func selfShare(ofImage index: Int) -> Double {
        total == 0 ? 0 : Double(selfCounts[index] ?? 0) / Double(total)
    }

    func breakShare(ofImage index: Int) -> Double {
        total == 0 ? 0 : Double(breakCounts[index] ?? 0) / Double(total)
    }
}
