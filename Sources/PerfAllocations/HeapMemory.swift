import CPerfWire
import Glibc
import PerfLinux
import PerfModel

/// What a tracked process has counted: a reader of the memory that it shares with us.
///
/// The process writes while we read, and may have written anything: sizes come from our own layout, and every index
/// is checked.
package final class HeapMemory: Sendable {
    /// A live block.
    package struct Block: Hashable, Sendable {
        package var address: UInt64
        /// As it was asked for.
        package var byteCount: UInt64
        /// Number of the stack that allocated it.
        package var stack: UInt32
    }

    package struct Stack: Hashable, Sendable {
        /// Return addresses, leaf first.
        package var frames: [UInt64]
        /// How often libraries had been unmapped before it was met.
        package var epoch: UInt32
        /// Deeper than what is kept.
        package var isCut: Bool
        /// Of frame pointers alone, without anything to compare them with.
        package var isUnchecked: Bool
        /// On memory that is not the thread's stack: its innermost frame only.
        package var isForeign: Bool
    }

    let layout: HeapLayout
    let arena: SharedMemory
    let shadow: SharedMemory?

    init(layout: HeapLayout, sampleBytes: UInt64, followsChildren: Bool) throws(SystemCallError) {
        self.layout = layout
        arena = try SharedMemory(name: "perfdoctor-heap", byteCount: layout.arenaByteCount)
        shadow =
            layout.isSampled
            ? nil
            : try SharedMemory(
                name: "perfdoctor-heap-shadow", byteCount: layout.shadowByteCount, isMapped: false)
        arena.store(layout.control(sampleBytes: sampleBytes, followsChildren: followsChildren), at: 0)
    }

    /// What all of it takes, in bytes.
    var allocatedByteCount: UInt64 { arena.allocatedByteCount &+ (shadow?.allocatedByteCount ?? 0) }

    /// The page at the beginning, as it is now.
    var control: pd_heap_control {
        arena.load(pd_heap_control.self, at: 0) ?? pd_heap_control()
    }

    /// Has the process stop counting before it lives on more than what is left of its memory cgroup.
    ///
    /// Beside each 16 bytes of heap stand 8 of the shadow, and a fifth of the room is left for what the allocator keeps.
    ///
    /// - Parameter room: bytes that may still be charged to its cgroup.
    func limit(toLiveBytes room: UInt64) {
        guard shadow != nil, let offset = MemoryLayout<pd_heap_control>.offset(of: \pd_heap_control.headroom_bytes)
        else { return }
        arena.store(max(1, room / 15 * 8), at: UInt64(offset))
    }

    /// Gives back all but the control page, whose sizes others go by.
    func discard() {
        arena.discard(from: 4096)
        shadow?.discard(from: 0)
    }

    /// Tells the process that somebody is still there.
    ///
    /// - Parameter now: nanoseconds of CLOCK_MONOTONIC.
    func beat(_ now: UInt64) {
        guard let offset = MemoryLayout<pd_heap_control>.offset(of: \pd_heap_control.heartbeat_ns),
            let owner = MemoryLayout<pd_heap_control>.offset(of: \pd_heap_control.recorder_pid)
        else { return }
        arena.store(getpid(), at: UInt64(owner))
        arena.store(now, at: UInt64(offset))
    }

    /// Tells a process that waits for it that we have looked.
    ///
    /// - Parameter asked: how often it had asked before the look.
    func answer(_ asked: UInt32) {
        if control.state == PD_HEAP_ENDING.rawValue,
            let state = MemoryLayout<pd_heap_control>.offset(of: \pd_heap_control.state)
        {
            arena.store(PD_HEAP_SEEN.rawValue, at: UInt64(state))
        }
        guard let offset = MemoryLayout<pd_heap_control>.offset(of: \pd_heap_control.answer) else { return }
        arena.store(asked, at: UInt64(offset))
        arena.wake(at: UInt64(offset))
    }

    /// Numbers of the stacks that may be known, those of no stack of their own included.
    private var stackNumbers: Range<UInt64> {
        let count = UInt64(control.stack_count) + UInt64(PD_HEAP_FIRST_STACK)
        return UInt64(PD_HEAP_OVERFLOW)..<min(count, layout.stackLimit)
    }

    /// Counters of every stack with any, by number.
    package func counts() -> [UInt32: HeapCounts] {
        var result: [UInt32: HeapCounts] = [:]
        let control = control
        let used = min(UInt64(control.slots_used), layout.slotCount - 1)
        let hasShared = control.shared_threads > 0 || control.nested > 0
        let size = UInt64(MemoryLayout<pd_heap_counts>.stride)
        for slot in Array(0..<used) + (hasShared ? [layout.slotCount - 1] : []) {
            let start = layout.countsOffset + slot * layout.stackLimit * size
            let numbers = stackNumbers
            for number in numbers {
                guard let counts = arena.load(pd_heap_counts.self, at: start + number * size),
                    counts.allocations != 0 || counts.frees != 0
                else { continue }
                result[UInt32(number), default: HeapCounts()].add(counts)
            }
        }
        if layout.isSampled {
            for number in result.keys { result[number]?.scaleWeights() }
        }
        return result
    }

    /// What lived when most lived, by stack.
    package func peak() -> [UInt32: (count: UInt64, bytes: UInt64)] {
        var result: [UInt32: (count: UInt64, bytes: UInt64)] = [:]
        let size = UInt64(MemoryLayout<pd_heap_live>.stride)
        let shift = layout.isSampled ? UInt64(PD_HEAP_WEIGHT_BITS) : 0
        for number in stackNumbers {
            guard let live = arena.load(pd_heap_live.self, at: layout.peakOffset + number * size), live.bytes > 0
            else { continue }
            result[UInt32(number)] = (live.count >> shift, live.bytes)
        }
        return result
    }

    /// The stack of that number; nil for one that was never finished.
    package func stack(_ number: UInt32) -> Stack? {
        let size = UInt64(MemoryLayout<pd_heap_stack>.stride)
        guard UInt64(number) < layout.stackLimit, number >= UInt32(PD_HEAP_FIRST_STACK),
            let entry = arena.load(pd_heap_stack.self, at: layout.stacksOffset + UInt64(number) * size),
            entry.ready == 1
        else { return nil }
        let depth = min(Int(entry.depth), Int(PD_HEAP_DEPTH))
        let first = UInt64(entry.first_frame)
        guard first + UInt64(depth) <= layout.frameLimit else { return nil }
        return Stack(
            frames: (0..<UInt64(depth)).compactMap {
                arena.load(UInt64.self, at: layout.framesOffset + (first + $0) * 8)
            },
            epoch: entry.epoch, isCut: entry.flags & UInt8(PD_HEAP_STACK_CUT) != 0,
            isUnchecked: entry.flags & UInt8(PD_HEAP_STACK_UNCHECKED) != 0,
            isForeign: entry.flags & UInt8(PD_HEAP_STACK_FOREIGN) != 0
        )
    }

    /// Every block that lives; of sampled recordings, those that were sampled.
    package func forEachLiveBlock(_ body: (Block) -> Void) {
        guard let shadow else { return forEachSampledBlock(body) }
        let mask = (UInt64(1) << UInt64(PD_HEAP_SIZE_BITS)) - 1
        shadow.forEachNonzeroWord { offset, word in
            let stack = UInt32(truncatingIfNeeded: word >> UInt64(PD_HEAP_SIZE_BITS))
            body(Block(address: offset << 1, byteCount: word & mask, stack: stack))
        }
    }

    private func forEachSampledBlock(_ body: (Block) -> Void) {
        let size = UInt64(MemoryLayout<pd_heap_pointer>.stride)
        for index in 0..<layout.bucketCount * UInt64(PD_HEAP_BUCKET) {
            guard let address = arena.load(UInt64.self, at: layout.pointersOffset + index * 8), address > 1,
                let sample = arena.load(pd_heap_pointer.self, at: layout.samplesOffset + index * size)
            else { continue }
            body(Block(address: address, byteCount: sample.size, stack: sample.stack))
        }
    }
}
