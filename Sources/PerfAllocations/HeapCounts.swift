import CPerfWire

/// What was counted for one stack, over all threads.
package struct HeapCounts: Hashable, Sendable {
    /// Blocks; of sampled recordings, estimates.
    package var allocations: UInt64 = 0
    package var bytes: UInt64 = 0
    package var frees: UInt64 = 0
    package var freedBytes: UInt64 = 0
    /// Freed by the next heap call of the thread that allocated them.
    package var temporary: UInt64 = 0
    /// Blocks that were sampled; 0 in full recordings.
    package var samples: UInt64 = 0
    /// Variance of `bytes` in bytes squared; 0 in full recordings.
    package var variance = 0.0
    /// First words of freed blocks, one for each thread that agreed on one.
    package var typeWords: Set<UInt64> = []

    /// Blocks that live; none where a reader came between two counters.
    package var liveCount: UInt64 { allocations > frees ? allocations - frees : 0 }
    package var liveBytes: UInt64 { bytes > freedBytes ? bytes - freedBytes : 0 }
    package var isEmpty: Bool { allocations == 0 && frees == 0 }

    mutating func add(_ counts: pd_heap_counts) {
        allocations &+= counts.allocations
        bytes &+= counts.bytes
        frees &+= counts.frees
        freedBytes &+= counts.freed_bytes
        temporary &+= counts.temporary
        samples &+= UInt64(counts.samples)
        if counts.variance.isFinite, counts.variance > 0 { variance += counts.variance }
        if counts.type_word > 1 { typeWords.insert(counts.type_word) }
    }

    /// Sampled counts come in 1/256 block.
    mutating func scaleWeights() {
        let half = UInt64(1) << UInt64(PD_HEAP_WEIGHT_BITS - 1)
        allocations = (allocations &+ half) >> UInt64(PD_HEAP_WEIGHT_BITS)
        frees = (frees &+ half) >> UInt64(PD_HEAP_WEIGHT_BITS)
        temporary = (temporary &+ half) >> UInt64(PD_HEAP_WEIGHT_BITS)
    }
}
