import PerfLinux
import PerfModel
import PerfProfiles
import PerfSymbols

/// All stacks of a recording, by address; ``ProfileBuilder`` makes a profile of them.
package struct SampledStacks {
    package struct Thread {
        package var pid: Int32
        package var processName: String
        package var tid: Int32
        package var name: String
    }

    var stacks: StackTable
    package var threads: [Thread]
    package var images: [Image]
    package var event: EventSpecification
    package var frequency: Int
    package var includesKernel: Bool
    /// Samples that the kernel could not store.
    package var lostCount: UInt64
    package var throttleCount: UInt64
    var counts: SampleShard.Counts
    /// When the samples were taken, by shard; empty where nobody asked.
    var times: [SampleTimes] = []
    /// When sampling began: CLOCK_MONOTONIC, nanoseconds.
    var startTime: UInt64 = 0
    /// Doubts that arose while sampling.
    package var warnings: [Warning]

    /// Nil in recordings of CPU time only.
    package var waits: SampledWaits?

    package var sampleCount: UInt64 { counts.samples &+ (waits?.count ?? 0) }

    /// Indices into `frames` of the stack of a wait, leaf first.
    package func frames(of wait: SampledWaits.Wait) -> [Int] { stacks.frameIndices(at: wait.node) }
}

extension SampledStacks {
    /// An image that frames lie in.
    package struct Image {
        let registered: ImageRegistry.Image

        package var name: String { registered.name }
        /// Why its file could not be read; nil when it could, and when there is none.
        package var problem: String? { registered.problem }
        package var isFile: Bool { registered.kind == .file }

        /// Where its symbols are to be had; nil for nowhere.
        package var symbolSource: SymbolImage? {
            switch registered.kind {
            case .kernel:
                return SymbolImage(path: name, kind: .kernel)
            case .vdso:
                guard let elf = registered.elf, let bytes = elf.source as? [UInt8] else { return nil }
                return SymbolImage(path: name, kind: .bytes(bytes), elf: elf)
            case .file:
                guard let file = registered.file else { return nil }
                return SymbolImage(
                    path: name, kind: .elf(file: file, root: registered.root), elf: registered.elf,
                    symbols: registered.unwind?.knownSymbols)
            case .anonymous:
                return ImageRegistry.perfMap(of: registered).map { SymbolImage(path: name, kind: .perfMap($0)) }
            }
        }

        package var mapping: Profile.Mapping {
            let code = registered.elf?.executableRanges.first
            return Profile.Mapping(
                start: code?.lowerBound.rawValue ?? 0, limit: code?.upperBound.rawValue ?? .max,
                offset: code.flatMap { registered.elf?.fileOffset(of: $0.lowerBound)?.rawValue } ?? 0,
                file: name,
                buildID: registered.buildID.map { byte in
                    (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }.joined()
            )
        }
    }

    /// One stack of one thread, and how often it was seen.
    package struct Sample {
        /// Indices into `frames`, leaf first.
        package var frames: [Int]
        /// Index into `threads`.
        package var thread: Int
        package var count: UInt64
        var period: UInt64
        var end: StackTable.End
        var key: StackTable.Key

        /// Whether nothing was found that leads on from its outermost frame.
        package var breaksOff: Bool { end == .unrooted }
        /// `truncated` or `unrooted`; nil for a stack that is whole.
        package var doubt: String? {
            switch end {
            case .root: nil
            case .truncated: "truncated"
            case .unrooted, .behind: "unrooted"
            }
        }
    }

    package struct Frame {
        package var image: Int
        package var address: ImageAddress
    }

    package var frames: [Frame] {
        stacks.frames.map { Frame(image: Int($0.image), address: $0.address) }
    }

    package func imageIndex(ofFrame frame: Int) -> Int {
        Int(stacks.frames[frame].image)
    }

    /// Indices of the frames of each image.
    package var framesByImage: [Int: [Int]] {
        Dictionary(grouping: stacks.frames.indices) { Int(stacks.frames[$0].image) }
    }

    /// All samples, in an order that depends on the recording only.
    package var samples: [Sample] {
        stacks.samples.map { key, weight in
            Sample(
                frames: stacks.frameIndices(at: key.node), thread: Int(key.thread), count: weight.count,
                period: weight.period, end: key.end, key: key
            )
        }.sorted { ($0.thread, $0.frames.count, $0.count) < ($1.thread, $1.frames.count, $1.count) }
    }

    /// Samples of programs with another word size.
    package var foreignCount: UInt64 { counts.foreign }

    /// Whether a sample stands for CPU time.
    package var isTime: Bool { event.isClock || event == .cycles }

    /// What a sample stands for: nanoseconds of CPU time, or occurrences of the event.
    package func value(of sample: Sample) -> UInt64 {
        value(StackTable.Weight(count: sample.count, period: sample.period))
    }

    /// What all samples stand for.
    package var totalValue: UInt64 {
        stacks.samples.values.reduce(0) { $0 &+ value($1) }
    }

    private func value(_ weight: StackTable.Weight) -> UInt64 {
        if event.isClock { return weight.period }
        return isTime ? weight.count &* (1_000_000_000 / UInt64(frequency)) : weight.period
    }

    /// How many samples were taken and how good they are.
    package var extraCounts: ProfileExtras.Counts {
        var result = ProfileExtras.Counts()
        result.samples = sampleCount
        result.lost = lostCount
        result.throttled = throttleCount
        result.truncated = counts.truncated
        result.degraded = counts.degraded
        result.unrooted = counts.unrooted &+ (waits?.unrootedCount ?? 0)
        result.guessed = counts.guessed
        result.malformed = counts.malformed
        return result
    }
}
