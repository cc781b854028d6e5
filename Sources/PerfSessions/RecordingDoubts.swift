import PerfModel
import PerfProfiles
import PerfSampling

/// What makes a recording as a whole less than it could be, and what mends it.
struct RecordingDoubts {
    let sampled: SampledStacks
    /// Nanoseconds of CPU that the target used; nil when unknown.
    let cpuTime: UInt64?
    /// Whether only some threads were asked for.
    let isSelective: Bool

    var warnings: [Warning] {
        var result: [Warning] = []
        let counts = sampled.extraCounts
        let total = Double(max(1, counts.samples))
        if counts.lost > 0 {
            result.append(
                Warning(
                    code: "lost_samples",
                    message: "the kernel lost \(counts.lost) records because the sample rings "
                        + "(\(sampled.ringByteCount >> 10) KiB for each CPU) were full",
                    remedy: "sample less often (-F 99), or allow more locked memory (ulimit -l unlimited)"
                )
            )
        }
        if Double(counts.truncated) / total > 0.01 {
            result.append(
                Warning(
                    code: "truncated_stacks",
                    message: "\((Double(counts.truncated) / total).percent) of the stacks are deeper than what the "
                        + "kernel copies (64 KiB)",
                    remedy: "build with frame pointers, which reach further, and raise kernel.perf_event_max_stack"
                )
            )
        }
        if counts.degraded > 0 {
            result.append(
                Warning(
                    code: "degraded_stacks",
                    message:
                        "\((Double(counts.degraded) / total).percent) of the stacks were unwound by frame pointers "
                        + "alone, because samples came faster than they could be unwound",
                    remedy: "sample less often (-F 99)"
                )
            )
        }
        if !sampled.includesKernel {
            result.append(
                Warning(
                    code: "no_kernel_samples",
                    message: "time in the kernel is not in this profile: without privileges it is hidden",
                    remedy: "run as root, or: sudo sysctl kernel.perf_event_paranoid=1"
                )
            )
        }
        if sampled.foreignCount > 0 {
            result.append(
                Warning(
                    code: "foreign_word_size",
                    message: "\((Double(sampled.foreignCount) / total).percent) of the samples are of 32-bit programs, "
                        + "whose stacks are followed by frame pointers only",
                    remedy: "build them with -fno-omit-frame-pointer"
                )
            )
        }
        if let unseen { result.append(unseen) }
        return result
    }

    /// The target used much more CPU than the samples account for.
    private var unseen: Warning? {
        guard let cpuTime, sampled.isTime, sampled.includesKernel, !isSelective, cpuTime > 200_000_000 else {
            return nil
        }
        let seen = sampled.samples.reduce(UInt64(0)) { $0 &+ sampled.value(of: $1) }
        let share = Double(seen) / Double(cpuTime)
        guard share < 0.8 else { return nil }
        return Warning(
            code: "cpu_time_unseen",
            message: "the samples account for only \(share.percent) of the CPU time that the target used",
            remedy: "look for throttled and lost samples above; record again with -e cpu-clock and compare"
        )
    }
}
