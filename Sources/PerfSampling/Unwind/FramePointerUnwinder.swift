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
        // The chain may go on behind the root: main's caller keeps no frame pointer.
        var last = frames.count - 1
        while last >= 0, !isRoot(frames[last].address, in: space) { last -= 1 }
        if last >= 0 {
            frames.removeLast(frames.count - 1 - last)
            return .root
        }
        return frames.count >= Self.kernelLimit ? .truncated : .unrooted
    }

    private struct Place: Hashable {
        var space: UInt64
        var address: CodeAddress
    }

    /// Looking up a symbol costs more than all the rest.
    private var roots: [Place: Bool] = [:]
    private static let mostRoots = 16_384

    private func isRoot(_ address: CodeAddress, in space: AddressSpace) -> Bool {
        let place = Place(space: space.id, address: address)
        if let known = roots[place] { return known }
        let new = RootFunctions.contains(address, in: space)
        if roots.count >= Self.mostRoots { roots.removeAll(keepingCapacity: true) }
        roots[place] = new
        return new
    }
}
