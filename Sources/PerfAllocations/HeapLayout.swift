import CPerfWire

/// Sizes of the memory that a tracked process shares with us, and where its parts are.
///
/// Everything is sparse: what is not used takes no memory.
struct HeapLayout: Hashable, Sendable {
    /// Distinct stacks, a power of two.
    var stackLimit: UInt64
    var frameLimit: UInt64
    /// Threads with counters of their own, and one for all others.
    var slotCount: UInt64
    /// Of sampled pointers, a power of two; 0 in full recordings.
    var bucketCount: UInt64
    var shadowByteCount: UInt64

    /// Every block: a word for each 16 bytes of the address space that user code has.
    static let every = HeapLayout(
        stackLimit: 1 << 20, frameLimit: 1 << 26, slotCount: UInt64(PD_HEAP_SLOTS), bucketCount: 0,
        shadowByteCount: 1 << 46
    )
    /// Sampled blocks only.
    static let sampled = HeapLayout(
        stackLimit: 1 << 18, frameLimit: 1 << 24, slotCount: UInt64(PD_HEAP_SLOTS), bucketCount: 1 << 16,
        shadowByteCount: 0
    )
    /// Sampled blocks, for processes that may not map much: about 20 MiB.
    static let small = HeapLayout(
        stackLimit: 1 << 15, frameLimit: 1 << 20, slotCount: 5, bucketCount: 1 << 11, shadowByteCount: 0
    )

    var isSampled: Bool { shadowByteCount == 0 }

    private var pointerCount: UInt64 { bucketCount * UInt64(PD_HEAP_BUCKET) }

    var tableOffset: UInt64 { 4096 }
    var stacksOffset: UInt64 { tableOffset + 2 * stackLimit * 8 }
    var framesOffset: UInt64 { stacksOffset + stackLimit * UInt64(MemoryLayout<pd_heap_stack>.stride) }
    var peakOffset: UInt64 { framesOffset + frameLimit * 8 }
    var pointersOffset: UInt64 { peakOffset + stackLimit * UInt64(MemoryLayout<pd_heap_live>.stride) }
    var samplesOffset: UInt64 { pointersOffset + pointerCount * 8 }
    var countsOffset: UInt64 {
        // Counters are cache lines.
        (samplesOffset + pointerCount * UInt64(MemoryLayout<pd_heap_pointer>.stride) + 4095) & ~4095
    }
    var arenaByteCount: UInt64 {
        (countsOffset + slotCount * stackLimit * UInt64(MemoryLayout<pd_heap_counts>.stride) + 4095) & ~4095
    }

    /// What the target finds at the beginning.
    func control(sampleBytes: UInt64, followsChildren: Bool) -> pd_heap_control {
        var control = pd_heap_control()
        control.magic = UInt64(PD_HEAP_MAGIC)
        control.version = UInt32(PD_HEAP_VERSION)
        control.mode = isSampled ? PD_HEAP_SAMPLED.rawValue : PD_HEAP_EVERY.rawValue
        control.follows_children = followsChildren ? 1 : 0
        control.stack_limit = UInt32(stackLimit)
        control.slot_count = UInt32(slotCount)
        control.bucket_count = UInt32(bucketCount)
        control.frame_limit = frameLimit
        control.sample_bytes = sampleBytes
        control.table_offset = tableOffset
        control.stacks_offset = stacksOffset
        control.frames_offset = framesOffset
        control.peak_offset = peakOffset
        control.pointers_offset = pointersOffset
        control.samples_offset = samplesOffset
        control.counts_offset = countsOffset
        control.arena_bytes = arenaByteCount
        control.shadow_bytes = shadowByteCount
        return control
    }
}
