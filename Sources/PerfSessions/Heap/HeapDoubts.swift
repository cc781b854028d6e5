import PerfAllocations
import PerfModel

/// What a reader of a heap recording has to know about how sure it is.
struct HeapDoubts {
    let recording: HeapRecording
    /// Whether the process ran already.
    var isAttached = false

    var warnings: [Warning] {
        recording.processes.flatMap { warnings(of: $0) }
            + (recording.smallCount > 0
                ? [
                    Warning(
                        code: "address_space",
                        message: "\(recording.smallCount) processes could not map the memory for a full recording "
                            + "(RLIMIT_AS): their blocks were sampled every 64 KiB instead",
                        remedy: "raise the limit: ulimit -v unlimited")
                ] : [])
    }

    private func warnings(of process: HeapRecording.Process) -> [Warning] {
        let doubts = process.doubts
        let name = "\(process.name.printable) (pid \(process.pid))"
        var warnings: [Warning] = []
        func warn(_ code: String, _ message: String, _ remedy: String) {
            warnings.append(Warning(code: code, message: message, remedy: remedy))
        }
        switch process.leaks {
        case .notSearched: break
        case .notFound(let reason, let remedy):
            warn("leaks_not_searched", "\(name) was not searched for leaks: \(reason)", remedy ?? "try again")
        case .searched(let search):
            for doubt in search.doubts {
                warn(
                    "leaks_in_doubt", "leaks of \(name): \(doubt)",
                    search.isDamaged
                        ? "it writes where it must not: find out where with -fsanitize=address, or valgrind"
                        : "compare with another look at it")
            }
        }
        let stacks = process.sites.count
        if !doubts.hasLibunwind {
            warn(
                "no_libunwind",
                "stacks of \(name) come from frame pointers alone and may miss callers: libunwind.so.8 is not installed",
                "apt-get install libunwind8")
        } else if doubts.tornStacks * 2 > UInt64(max(stacks, 1)), doubts.unwound > 10_000 {
            warn(
                "no_frame_pointers",
                "\(name) is built without frame pointers: its stacks are right but cost about 0.1 to 0.5 µs for each "
                    + "allocation",
                "build with frame pointers: swift build -c release, or swiftc -Xcc -fno-omit-frame-pointer")
        }
        if !doubts.wasSeenEnding, !process.sites.isEmpty {
            warn(
                "ended_unseen",
                "\(name) ended without notice (a signal, or exit_group): blocks that lived have the types of freed ones "
                    + "of the same stack, or none",
                "let it end by itself, or record for a time: -d 30")
        }
        if let limit = doubts.memoryLimit {
            warn(
                "out_of_memory",
                "\(name) was probably killed for want of memory: its cgroup allows \(limit >> 20) MiB, and the counters "
                    + "of its blocks took \(doubts.ownByteCount >> 20) MiB of that",
                recording.sampleBytes == nil
                    ? "sample, which takes next to nothing: --sample 512KiB; or raise the limit" : "raise the limit")
        }
        switch doubts.stop {
        case .addressSpace:
            warn(
                "stopped",
                "\(name) limited its own address space (ulimit -v): what it allocated from then on is not recorded",
                "record without that limit")
        case .memory(let limit):
            warn(
                "stopped",
                "\(name) came near the \(limit >> 20) MiB that its cgroup allows, and what is counted for each block takes "
                    + "half as much again: the recording ends there, and live at the end is what lived then",
                "sample, which takes next to nothing: --sample 512KiB; or raise the limit")
        case nil: break
        }
        if !doubts.allocator.isEmpty {
            warn(
                "other_allocator",
                "the allocator of \(name) is \(doubts.allocator.printable): its blocks are counted as they are asked "
                    + "for; what it keeps for itself is not told apart",
                "see its own statistics (MALLOC_CONF=stats_print:true for jemalloc)")
        }
        if doubts.overflow > 0 {
            warn(
                "too_many_stacks", "\(doubts.overflow) blocks of \(name) came from stacks beyond the first million",
                "sample: --sample 512KiB")
        }
        if doubts.fullBuckets > 0 {
            warn(
                "too_many_samples", "\(doubts.fullBuckets) samples of \(name) found no room and are missing",
                "sample less often: --sample 1MiB")
        }
        if doubts.unseenFrees > 0 {
            warn(
                "unseen_frees",
                "\(doubts.unseenFrees) blocks of \(name) were freed beside the tracker (a library that binds to the C "
                    + "library directly): others of that kind may count as live",
                "do not load libraries with RTLD_DEEPBIND")
        }
        if doubts.nested > 0 {
            warn(
                "nested_allocations",
                "\(doubts.nested) allocations of \(name) inside other heap calls (signal handlers) are not counted",
                "do not allocate in signal handlers: it is undefined behaviour")
        }
        if doubts.untrackedForks > 0, !doubts.isSmall, recording.processes.count == 1 {
            warn(
                "children", "\(doubts.untrackedForks) child processes of \(name) are not recorded",
                isAttached ? "record one of them: -p of the child" : "record them as well: --follow-fork")
        }
        return warnings
    }
}
