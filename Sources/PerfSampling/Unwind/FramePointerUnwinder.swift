import PerfModel

/// Takes the kernel's frame-pointer chain as it is, or follows the same chain in a copied stack.
package final class FramePointerUnwinder: Unwinder {
    /// Longest chain of the kernel: perf_event_max_stack is 127 unless the administrator changed it.
    private static let kernelLimit = 127

    package init() {}

    package func unwind(
        _ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]
    ) -> StackEnd {
        frames.removeAll(keepingCapacity: true)
        append(unsafe captured.registers.ip, in: space, to: &frames)
        // SAFETY: the dump is valid during this call.
        if unsafe captured.callchain.isEmpty { unsafe follow(captured, in: space, into: &frames) }
        // SAFETY: the chain is valid during this call.
        for position in unsafe 0..<captured.callchain.count where position > 0 {
            let address = unsafe captured.callchain[position]
            guard address != 0 else { continue }
            append(address &- 1, in: space, to: &frames)
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

    /// What the kernel does, in the copy: a frame begins with the caller's frame pointer and the return address.
    private func follow(_ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]) {
        // SAFETY: the dump is valid during the caller's call; it checks what is read.
        let dump = unsafe StackDump(bytes: captured.stack, start: captured.registers.sp)
        var frame = unsafe captured.registers[.rbp]
        while frames.count < Self.kernelLimit, frame % 8 == 0, let next = unsafe dump.word(at: frame),
            let returnAddress = unsafe dump.word(at: frame &+ 8), returnAddress != 0
        {
            append(returnAddress &- 1, in: space, to: &frames)
            guard next > frame else { return }
            frame = next
        }
    }

    private let regions = RegionCache()
    /// Answers whether an address is in a root function: looking up its symbol costs more than all the rest.
    private let roots = UnwindRowTable(mostSlots: 1 << 16)

    private func append(_ address: UInt64, in space: AddressSpace, to frames: inout [UnwoundFrame]) {
        let region = regions.entry(of: address, in: space)
        frames.append(
            UnwoundFrame(address: CodeAddress(rawValue: address), region: region.index, isGuess: false))
    }

    private func isRoot(_ address: CodeAddress, in space: AddressSpace) -> Bool {
        let region = regions.entry(of: address.rawValue, in: space)
        guard region.image != 0, let key = UnwindRow.key(address.rawValue &- region.bias, .isRoot) else { return false }
        switch roots.row(key, image: region.image).kind {
        case .yes: return true
        case .no: return false
        default: break
        }
        let new = RootFunctions.contains(address, in: space)
        roots.insert(UnwindRow(new ? .yes : .no), key: key, image: region.image)
        return new
    }
}
