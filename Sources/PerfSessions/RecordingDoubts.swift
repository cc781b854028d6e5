import PerfModel
import PerfSampling

/// What makes a recording as a whole less than it could be, and what mends it.
///
/// Lost, truncated, degraded and unrooted samples are no part of it: reports tell of them by their counts.
struct RecordingDoubts {
    let sampled: SampledStacks
    /// Nanoseconds of CPU that the target used; nil when unknown.
    let cpuTime: UInt64?
    /// Whether only some threads were asked for.
    let isSelective: Bool

    var warnings: [Warning] {
        var result: [Warning] = []
        let total = Double(max(1, sampled.sampleCount))
        if !sampled.includesKernel, sampled.waits?.hasStacks != false {
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
        let seen = sampled.totalValue
        let share = Double(seen) / Double(cpuTime)
        guard share < 0.8 else { return nil }
        return Warning(
            code: "cpu_time_unseen",
            message: "the samples account for only \(share.percent) of the CPU time that the target used",
            remedy: "threads that end within the first sampling period are not seen: sample more often (-F 9999) or "
                + "the whole machine (-a); look for throttled and lost samples above"
        )
    }
}
