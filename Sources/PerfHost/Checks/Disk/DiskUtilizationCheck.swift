import PerfModel

/// Disks that always have something to do.
package struct DiskUtilizationCheck: Check {
    package static let id = "disk.util"
    package static let resource = Resource.disk
    package static let explanation = "Do disks always have something to do?"
    package static let source = "/proc/diskstats, as iostat's %util: Δmilliseconds with at least one request / wall"
    package static let trap =
        "a disk that serves many requests at a time is 100% busy with one of them, and requests shorter than a clock "
        + "tick are hardly seen: never evidence by itself, only beside a high await"
    package static let threshold = CheckThreshold(0.98, unit: "ratio", origin: "netdata 98%")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let disks = observation.disks.value else { return unmeasured(observation.disks, "/proc/diskstats") }
        let found = disks.filter { threshold.severity(of: $0.utilization) != nil }
        guard !found.isEmpty else {
            return .healthy(disks.map { Evidence("\($0.name)_busy_ratio", $0.utilization, "ratio") })
        }
        return .findings(
            sorted(
                found.map { disk in
                    let isSlow = DiskLatencyCheck.isSlow(disk, observation)
                    return finding(
                        disk.utilization, "busy_ratio", threshold: threshold, severity: isSlow ? .warning : .info,
                        family: .saturation, subject: disk.name,
                        evidence: [
                            Evidence("await", disk.await, "milliseconds"),
                            Evidence("queue_size", disk.queueSize, "count"),
                        ],
                        summary:
                            "\(disk.name.printable) has something to do \(Words.percent(disk.utilization)) of the time"
                            + (isSlow ? "" : ", and answers in \(Words.fixed(disk.await)) ms: it may do more"),
                        parent: isSlow ? DiskLatencyCheck.id : nil, remedies: isSlow ? GuideRemedies.disk : [])
                }))
    }
}
