import PerfHost
import PerfModel

/// What a reader has to know about how sure an observation is.
struct ObservationDoubts {
    let observation: HostObservation

    var warnings: [Warning] {
        var warnings: [Warning] = []
        let parts = observation.parts.count
        if parts < HostObservation.fewestParts {
            warnings.append(
                Warning(
                    code: "few_windows",
                    message:
                        "the diagnosis rests on \(parts) window\(parts == 1 ? "" : "s"): a moment may be told for a state",
                    remedy: "observe for longer: -d 10"))
        }
        if observation.whole.elapsedSeconds < 3 {
            warnings.append(
                Warning(
                    code: "short_windows",
                    message: "the kernel updates stalls (PSI) every two seconds: windows shorter than that are coarse",
                    remedy: "observe for longer: -d 6"))
        }
        for window in observation.invalid {
            switch window.invalidity {
            case .suspended(let nanoseconds):
                warnings.append(
                    Warning(
                        code: "suspended",
                        message: "the machine stood still for "
                            + "\(Quantity.text(Int64(clamping: nanoseconds), unit: "ns")): that window does not count",
                        remedy: "observe again"))
            case .rebooted:
                warnings.append(
                    Warning(
                        code: "rebooted", message: "the machine was started again between two snapshots",
                        remedy: "observe again"))
            case .notForward, nil:
                warnings.append(
                    Warning(
                        code: "time_backwards", message: "a snapshot is not later than the one before it",
                        remedy: "record again"))
            }
        }
        let resets = observation.whole.marks.filter { $0.problem == .reset }.map(\.counter)
        if !resets.isEmpty {
            let names = resets.prefix(3).map(\.printable).joined(separator: ", ")
            warnings.append(
                Warning(
                    code: "counters_reset",
                    message:
                        "\(resets.count) counter\(resets.count == 1 ? "" : "s") began anew and say nothing: \(names)",
                    remedy: "observe again"))
        }
        if observation.target == nil, observation.rights.isInContainer {
            warnings.append(
                Warning(
                    code: "container",
                    message:
                        "this is a container: /proc tells of the whole host; only memory, CPU time and kills are "
                        + "compared with the container's own limits as well",
                    remedy: "diagnose its main process, within its limits: perfdoctor diagnose -p 1"))
        }
        return warnings
    }
}
