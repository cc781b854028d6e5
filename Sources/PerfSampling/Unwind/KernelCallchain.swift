import PerfModel

/// The user part of the kernel's frame-pointer chain: complete where code keeps frame pointers, else full of holes.
enum KernelCallchain {
    /// Appends what the chain has beyond the last unwound frame.
    ///
    /// Both describe the same stack, but the chain leaves out functions without a frame: the last frame's place in
    /// the chain is where the most frames in a row agree, and never deeper than in the unwound stack. In recursion,
    /// where the same address comes again and again, the longest agreement tells.
    ///
    /// - Returns: whether there was anything to append.
    static func append(
        _ chain: UnsafeBufferPointer<UInt64>, to frames: inout [UnwoundFrame], space: AddressSpace, pages: PageCache
    ) -> Bool {
        guard frames.count > 1, chain.count > 1, let last = frames.last else { return false }
        var best: (position: Int, agreement: Int)?
        // SAFETY: positions stay below the chain's count, which is valid for the caller's call.
        for position in stride(from: min(chain.count, frames.count) - 1, through: 1, by: -1)
        where unsafe chain[position] &- 1 == last.address.rawValue {
            var agreement = 1
            while agreement < position, agreement < frames.count - 1,
                unsafe chain[position - agreement] &- 1 == frames[frames.count - 1 - agreement].address.rawValue
            {
                agreement += 1
            }
            if agreement > best?.agreement ?? 0 { best = (position, agreement) }
        }
        guard let best else { return false }
        let count = frames.count
        let isGuess = last.isGuess
        // SAFETY: as above.
        for position in (best.position + 1)..<max(chain.count, best.position + 1) {
            let address = unsafe chain[position]
            guard space.isReturnAddress(address, pages: pages) else { break }
            frames.append(space.frame(at: address &- 1, isGuess: isGuess))
        }
        return frames.count > count
    }
}

extension AddressSpace {
    func frame(at address: UInt64, isGuess: Bool) -> UnwoundFrame {
        let address = CodeAddress(rawValue: address)
        return UnwoundFrame(
            address: address, region: Int32(regionIndex(containing: address) ?? -1), isGuess: isGuess)
    }
}
