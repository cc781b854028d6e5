import PerfModel

/// Unwinds captured stacks by a cache of rows, which say for one address how to leave its frame.
///
/// A row is made when an address is met first, from `.eh_frame` or `.debug_frame`, or from the code where there is no
/// unwind information. What a row cannot say, such as the frame of a signal handler, libunwind does: one step, then
/// rows again. The result is that of ``LibunwindUnwinder``, at a twentieth of the cost.
///
/// One instance per thread. libunwind is opened when it is needed first.
@safe package final class RowCacheUnwinder: Unwinder {
    private let mode: LibunwindUnwinder.Mode
    private let cache: UnwindRowCache
    private var roots = RootTable()

    /// Stacks that needed libunwind, which is not installed.
    package private(set) var withoutLibunwindCount: UInt64 = 0
    /// Frames that libunwind left, and addresses whose rows were made.
    package var slowFrameCount: UInt64 { cache.slowFrameCount }
    package var filledCount: UInt64 { cache.filledCount }

    package convenience init(mode: LibunwindUnwinder.Mode = .auto) {
        self.init(mode: mode, hasLibunwind: true)
    }

    /// - Parameters:
    ///   - mode: whether the kernel's callchain is used where the dump runs out.
    ///   - hasLibunwind: false does as if it were not installed.
    ///   - mostRows: slots of the cache, a power of two.
    init(mode: LibunwindUnwinder.Mode, hasLibunwind: Bool, mostRows: Int = 1 << 18) {
        self.mode = mode
        cache = UnwindRowCache(hasLibunwind: hasLibunwind, mostRows: mostRows)
    }

    package func unwind(
        _ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]
    ) -> StackEnd {
        frames.removeAll(keepingCapacity: true)
        // SAFETY: the dump and the chain are valid during this call.
        var walk = unsafe StackWalk(captured, space: space)
        let failures = cache.withoutLibunwindCount
        let end = unsafe walk.run(cache, into: &frames)
        if cache.withoutLibunwindCount != failures { withoutLibunwindCount += 1 }
        if end == .root {
            roots.learn(frames, in: space)
            return .root
        }
        if end == .truncated, mode == .auto {
            // SAFETY: the chain is valid during this call.
            _ = unsafe KernelCallchain.append(
                captured.callchain, to: &frames, isInterrupted: walk.isInterrupted, space: space, pages: cache.pages)
        }
        // Behind main stands at most one function of the C library that keeps a frame.
        for frame in frames.suffix(2).reversed() where roots.contains(frame.address, in: space) { return .root }
        return end
    }
}
