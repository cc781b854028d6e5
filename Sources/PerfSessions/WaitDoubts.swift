import PerfModel
import PerfSampling

/// What is not known about the waits of a recording.
struct WaitDoubts {
    let sampled: SampledStacks

    /// Less than this share of the time is not worth a line of the reader's time.
    private static let relevantShare = 0.01

    var warnings: [Warning] {
        guard let waits = sampled.waits else { return [] }
        var result: [Warning] = []
        let total = Double(max(1, waits.total))
        if !waits.hasStacks {
            result.append(
                Warning(
                    code: "waits_without_stacks",
                    message: "without privileges the kernel tells how long threads wait, not where: only waits that "
                        + "were seen in /proc have stacks",
                    remedy: "run as root, or: sudo sysctl kernel.perf_event_paranoid=1; "
                        + "in a container, add CAP_PERFMON (docker run --cap-add PERFMON)"
                )
            )
        } else if Double(waits.withoutStack) / total >= Self.relevantShare {
            result.append(
                Warning(
                    code: "waits_unplaced",
                    message: "\((Double(waits.withoutStack) / total).percent) of the time off the CPU has no stack: "
                        + "the waits began before the recording",
                    remedy: "record for longer, or launch the program under perfdoctor record -- COMMAND"
                )
            )
        }
        if Double(waits.estimated) / total >= Self.relevantShare {
            result.append(
                Warning(
                    code: "waits_estimated",
                    message: "\((Double(waits.estimated) / total).percent) of the time off the CPU was booked where "
                        + "the thread had waited before, because its stack was not seen every time",
                    remedy: "record fewer threads (-t TID), or run as root for larger rings"
                )
            )
        }
        if waits.hasStacks, !waits.tellsWakers {
            result.append(
                Warning(
                    code: "wakers_hidden",
                    message: "who wakes whom is not known, and time between waking and running counts as blocked",
                    remedy: "run as root, or: sudo sysctl kernel.perf_event_paranoid=-1 with a readable "
                        + "/sys/kernel/tracing"
                )
            )
        }
        if waits.lostInKernel > 0 {
            result.append(
                Warning(
                    code: "kernel_tables_full",
                    message: "the tables in the kernel had no room for \(waits.lostInKernel) threads, waits or "
                        + "stacks: waits of theirs have no place, or are missing",
                    remedy: "record fewer processes: -p PID, or threads: -t TID"
                )
            )
        }
        let observed = Double(
            waits.threadTimes.reduce(0) { $0 &+ $1.onCPU &+ $1.runnable &+ $1.blocked &+ $1.unknown })
        if observed > 0, Double(waits.unknown) / observed >= Self.relevantShare {
            result.append(
                Warning(
                    code: "switches_lost",
                    message: "switches were lost: what threads did is unknown for "
                        + "\((Double(waits.unknown) / observed).percent) of their time",
                    remedy: "run as root for larger rings, or record fewer threads: -t TID"
                )
            )
        }
        return result
    }
}
