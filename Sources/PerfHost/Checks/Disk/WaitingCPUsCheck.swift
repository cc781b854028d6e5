import PerfModel

/// CPUs that idle while a thread waits for a disk.
package struct WaitingCPUsCheck: Check {
    package static let id = "disk.iowait"
    package static let resource = Resource.disk
    package static let explanation = "How much of the CPUs' time is idle while something waits for a disk?"
    package static let source = "/proc/stat: iowait of all ticks"
    package static let trap =
        "it is idle time: other work makes it vanish while the disk is as slow as before, one thread that reads "
        + "fills one CPU with it, and it may go backwards: a hint, no verdict"
    package static let threshold = CheckThreshold(0.05, 0.40, unit: "ratio", origin: "guide A 5%, netdata 40%")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let cpu = observation.whole.cpu.value else { return unmeasured(observation.whole.cpu, "/proc/stat") }
        let iowait = cpu.total.iowait
        guard threshold.severity(of: iowait) != nil else {
            return .healthy([Evidence("iowait_ratio", iowait, "ratio")])
        }
        return .findings([
            finding(
                iowait, "iowait_ratio", threshold: threshold, severity: .info, family: .saturation,
                evidence: [Evidence("idle_ratio", cpu.total.idle, "ratio")],
                summary: "CPUs were idle \(Words.percent(iowait)) of the time while something waited for a disk",
                parent: DiskLatencyCheck.cause(in: observation) ?? pressure(observation), remedies: GuideRemedies.disk)
        ])
    }

    private static func pressure(_ observation: HostObservation) -> String? {
        guard let io = observation.pressure.value?.io?.some,
            observation.threshold(of: DiskPressureCheck.self).severity(of: io) != nil
        else { return nil }
        return DiskPressureCheck.id
    }
}
