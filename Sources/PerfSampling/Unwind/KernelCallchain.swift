import PerfModel

/// The user part of the kernel's frame-pointer chain: complete where code keeps frame pointers, else full of holes.
enum KernelCallchain {
    /// Appends what the chain has beyond the last unwound frame.
    ///
    /// Both describe the same stack, but the chain leaves out functions without a frame: the last frame's place in
    /// the chain is where the most frames in a row agree, and never deeper than in the unwound stack. In recursion,
    /// where the same address comes again and again, the longest agreement tells.
    ///
    /// A function that was interrupted by a signal is not in the chain, which goes from the signal frame to its caller
    /// if it has set up its frame; that cannot be known, so what follows it is a guess.
    ///
    /// - Parameters:
    ///   - chain: leaf first.
    ///   - frames: leaf first.
    ///   - isInterrupted: the last frame was interrupted by a signal.
    ///   - space: what is mapped where.
    ///   - pages: of the unwinder.
    /// - Returns: whether there was anything to append.
    static func append(
        _ chain: UnsafeBufferPointer<UInt64>, to frames: inout [UnwoundFrame], isInterrupted: Bool = false,
        space: AddressSpace, pages: PageCache
    ) -> Bool {
        let anchor = frames.count - (isInterrupted ? 2 : 1)
        // Nothing was copied, so the leaf is all there is. The chain leaves out its caller if it has no frame yet.
        if anchor == 0, !isInterrupted, let leaf = frames.first, unsafe chain.first == leaf.address.rawValue {
            return unsafe append(chain, behind: 0, to: &frames, isGuess: true, space: space, pages: pages)
        }
        guard anchor > 0, chain.count > 1 else { return false }
        let isGuess = isInterrupted || frames[anchor].isGuess
        var best: (position: Int, agreement: Int)?
        for position in stride(from: min(chain.count - 1, anchor), through: 1, by: -1) {
            var agreement = 0
            // SAFETY: positions are at least 1 and below the chain's count, which is valid for the caller's call.
            while agreement < position, agreement < anchor,
                unsafe isSame(chain[position - agreement], frames[anchor - agreement])
            {
                agreement += 1
            }
            if agreement > best?.agreement ?? 0 { best = (position, agreement) }
        }
        guard let best else { return false }
        return unsafe append(chain, behind: best.position, to: &frames, isGuess: isGuess, space: space, pages: pages)
    }

    private static func append(
        _ chain: UnsafeBufferPointer<UInt64>, behind last: Int, to frames: inout [UnwoundFrame], isGuess: Bool,
        space: AddressSpace, pages: PageCache
    ) -> Bool {
        let count = frames.count
        for position in last..<chain.count where position > last {
            // SAFETY: positions are below the chain's count, which is valid for the caller's call.
            let address = unsafe chain[position]
            guard space.isReturnAddress(address, pages: pages) else { break }
            frames.append(space.frame(at: address &- 1, isGuess: isGuess))
        }
        return frames.count > count
    }

    /// Signal frames stand at the return address itself, others one before it.
    private static func isSame(_ returnAddress: UInt64, _ frame: UnwoundFrame) -> Bool {
        returnAddress &- 1 == frame.address.rawValue || returnAddress == frame.address.rawValue
    }
}

extension AddressSpace {
    func frame(at address: UInt64, isGuess: Bool) -> UnwoundFrame {
        let address = CodeAddress(rawValue: address)
        return UnwoundFrame(
            address: address, region: Int32(regionIndex(containing: address) ?? -1), isGuess: isGuess)
    }
}
