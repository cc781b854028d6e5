import PerfModel

/// One consumer of samples: some of the rings, an unwinder of its own, and a table of its own.
///
/// Shards share nothing that changes while samples are consumed but the process table, which locks.
final class SampleShard {
    /// How the samples of a shard turned out.
    struct Counts {
        var samples: UInt64 = 0
        var truncated: UInt64 = 0
        var unrooted: UInt64 = 0
        var degraded: UInt64 = 0
        var guessed: UInt64 = 0
        var malformed: UInt64 = 0
        /// Of processes with another word size, which are not unwound but by frame pointers.
        var foreign: UInt64 = 0
        /// Whose unwinding needed libunwind, which is not installed.
        var withoutLibunwind: UInt64 = 0
        /// Samples dropped because a second event with a larger stack observes the same thread.
        var superseded: UInt64 = 0
    }

    let rings: [PerfRing]
    var stacks = StackTable()
    /// Of recordings that count waits.
    let waits: ShardWaits?
    private(set) var counts = Counts()
    /// Nil when nobody asked for the times.
    private(set) var times: SampleTimes?
    /// Threads whose stacks were cut in this round, and how often; for the sampler to give them a larger copy.
    ///
    /// Those of 32-bit processes are among them: their frames are known by the kernel's callchain alone.
    private(set) var cutThreads: [Int32: (pid: Int32, count: Int)] = [:]

    private let unwinder: any Unwinder
    private let framePointers = FramePointerUnwinder()
    let hasStack: Bool
    let lookup: SampleLookup
    private var frames: [UnwoundFrame] = []
    var stack: [StackTable.Frame] = []

    /// A ring fuller than this is emptied by frame pointers alone, so that nothing is lost.
    private static let degradationFill = 0.5

    init(
        rings: [PerfRing], unwinder: any Unwinder, hasStack: Bool, lookup: SampleLookup, times: SampleTimes? = nil,
        waits: ShardWaits? = nil
    ) {
        self.times = times
        self.rings = rings
        self.unwinder = unwinder
        self.hasStack = hasStack
        self.lookup = lookup
        self.waits = waits
    }

    /// Consumes what the rings hold, up to the given positions and no sample later than `cutoff`.
    func consume(upTo heads: [UInt64], cutoff: UInt64) {
        for (ring, head) in zip(rings, heads) {
            ring.consume(upTo: head) { record in
                if let isTaken = takeWait(record, cutoff: cutoff) { return isTaken }
                guard record.type == ProcessRecord.sampleType else { return true }
                guard let sample = PerfSample(record, hasStack: hasStack) else {
                    counts.malformed += 1
                    return true
                }
                guard sample.time <= cutoff else { return false }
                take(sample, isBehind: hasStack && ring.fill(at: ring.head) > Self.degradationFill)
                return true
            }
        }
        counts.withoutLibunwind = unwinder.withoutLibunwindCount
    }

    func noteMalformed() {
        counts.malformed += 1
    }

    func resetCutThreads() {
        cutThreads.removeAll(keepingCapacity: true)
    }

    private func take(_ sample: PerfSample, isBehind: Bool) {
        guard lookup.accepts(sample) else {
            counts.superseded += 1
            return
        }
        let place = lookup.place(of: sample)
        stack.removeAll(keepingCapacity: true)
        let end = unwind(sample, in: place, isBehind: isBehind)
        counts.samples += 1
        switch end {
        case .root: break
        case .truncated:
            counts.truncated += 1
            counts.unrooted += 1
            if sample.isStackCut { cutThreads[sample.tid, default: (sample.pid, 0)].count += 1 }
        case .unrooted, .behind: counts.unrooted += 1
        }
        if stack.contains(where: \.isGuess) { counts.guessed += 1 }
        let key = stacks.add(
            stack, thread: place.thread, end: end, weight: StackTable.Weight(count: 1, period: sample.period)
        )
        times?.add(key, at: sample.time)
    }

    /// The frames of a stack that was read from memory.
    func unwind(
        _ bytes: [UInt8], registers: UserRegisters, in space: AddressSpace
    ) -> (frames: [UnwoundFrame], end: StackEnd) {
        var found: [UnwoundFrame] = []
        // SAFETY: the bytes outlive the call, and the unwinder keeps nothing of them.
        let end = unsafe bytes.withUnsafeBytes { raw in
            unsafe unwinder.unwind(
                CapturedStack(
                    registers: registers, stack: raw, callchain: UnsafeBufferPointer(start: nil, count: 0),
                    isStackCut: false
                ), in: space, into: &found
            )
        }
        return (found, end)
    }

    /// Fills `stack`, kernel frames first.
    func unwind(
        _ sample: PerfSample, in place: SampleLookup.Place, isBehind: Bool, hasKernel: Bool = true
    ) -> StackTable.End {
        let chain = SplitCallchain(sample)
        for index in 0..<(hasKernel ? chain.kernelCount : 0) {
            stack.append(
                StackTable.Frame(
                    image: Int32(ImageRegistry.kernelIndex), isGuess: false,
                    address: ImageAddress(rawValue: chain.kernelAddress(index))
                )
            )
        }
        guard !place.isKernelThread else { return .root }
        if sample.isUser32Bit {
            counts.foreign += 1
            // SAFETY: the chain is the sample's own buffer.
            if unsafe chain.user.isEmpty { cutThreads[sample.tid, default: (sample.pid, 0)].count += 1 }
        }
        let registers = unsafe UserRegisters(perf: sample.registers)
        var known = registers ?? UserRegisters()
        if registers == nil {
            // Without registers the callchain tells where user code was; a thread that begins or ends has no user
            // state at all, and its kernel frames are the whole stack.
            // SAFETY: the chain is the sample's own buffer.
            if let leaf = unsafe chain.user.first {
                known.ip = leaf
            } else if chain.kernelCount > 0 {
                return sample.isUser32Bit ? .unrooted : .root
            } else {
                known.ip = sample.address.rawValue
            }
        }
        let captured = unsafe CapturedStack(
            registers: known, stack: sample.stack, callchain: chain.user, isStackCut: sample.isStackCut
        )
        let end: StackEnd
        if isBehind {
            counts.degraded += 1
            end = unsafe framePointers.unwind(captured, in: place.maps.space, into: &frames)
        } else if registers == nil || !hasStack {
            end = unsafe framePointers.unwind(captured, in: place.maps.space, into: &frames)
        } else {
            end = unsafe unwinder.unwind(captured, in: place.maps.space, into: &frames)
        }
        for frame in frames { stack.append(place.frame(frame)) }
        return switch end {
        case .root: .root
        case .truncated: .truncated
        case .unrooted: isBehind ? .behind : .unrooted
        }
    }
}

/// The kernel's callchain, taken apart at its context marks; valid as long as the sample.
@safe struct SplitCallchain {
    private let chain: UnsafeBufferPointer<UInt64>
    private var kernelRange = 0..<0
    private var userRange = 0..<0

    /// Values from here on are marks, not addresses (`PERF_CONTEXT_MAX`).
    private static let firstMark = UInt64(bitPattern: -4095)
    private static let kernelMark = UInt64(bitPattern: -128)
    private static let userMark = UInt64(bitPattern: -512)

    init(_ sample: PerfSample) {
        unsafe chain = sample.callchain
        var start = 0
        var mark: UInt64 = 0
        for index in unsafe 0...chain.count {
            // SAFETY: the index is below the count.
            let value = unsafe index < chain.count ? chain[index] : Self.firstMark
            guard value >= Self.firstMark else { continue }
            if mark == Self.kernelMark { kernelRange = start..<index }
            if mark == Self.userMark { userRange = start..<index }
            mark = value
            start = index + 1
        }
    }

    var kernelCount: Int { kernelRange.count }

    /// The kernel's frames, leaf first.
    var kernel: [UInt64] { (0..<kernelRange.count).map(kernelAddress) }

    /// The address of a kernel frame, leaf first.
    func kernelAddress(_ index: Int) -> UInt64 {
        // SAFETY: ranges are made of indices of the chain; the subscript checks them.
        unsafe chain[kernelRange][kernelRange.lowerBound + index]
    }

    /// The user frames, leaf first.
    var user: UnsafeBufferPointer<UInt64> {
        // SAFETY: a part of the sample's own buffer.
        unsafe UnsafeBufferPointer(rebasing: chain[userRange])
    }
}
