import PerfModel

/// Takes the kernel's frame-pointer chain as it is.
package final class FramePointerUnwinder: Unwinder {
    /// Longest chain of the kernel: perf_event_max_stack is 127 unless the administrator changed it.
    private static let kernelLimit = 127

    package init() {}

    package func unwind(
        _ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]
    ) -> StackEnd {
        frames.removeAll(keepingCapacity: true)
        frames.append(space.frame(at: unsafe captured.registers.ip, isGuess: false))
        // SAFETY: the chain is valid during this call.
        for position in unsafe 0..<captured.callchain.count where position > 0 {
            let address = unsafe captured.callchain[position]
            guard address != 0 else { continue }
            frames.append(space.frame(at: address &- 1, isGuess: false))
        }
        if let last = frames.last, RootFunctions.contains(last.address, in: space) { return .root }
        return frames.count >= Self.kernelLimit ? .truncated : .unrooted
    }
}
