import PerfModel

/// Requests that queue up at a disk.
package struct DiskQueueCheck: Check {
    package static let id = "disk.queue"
    package static let resource = Resource.disk
    package static let explanation = "Do requests queue up at disks?"
    package static let source = "/proc/diskstats, as iostat's aqu-sz: Δweighted milliseconds / wall"
    package static let trap =
        "a disk that serves many requests at a time has a long queue and answers fast: long queues count only beside a "
        + "high await"
    package static let threshold = CheckThreshold(10, unit: "count", origin: "node-mixin 10")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let disks = observation.disks.value else { return unmeasured(observation.disks, "/proc/diskstats") }
        let found = disks.filter {
            threshold.severity(of: $0.queueSize) != nil && DiskLatencyCheck.isSlow($0, observation)
        }
        guard !found.isEmpty else {
            return .healthy(disks.map { Evidence("\($0.name)_queue_size", $0.queueSize, "count") })
        }
        return .findings(
            sorted(
                found.map { disk in
                    finding(
                        disk.queueSize, "queue_size", threshold: threshold, family: .saturation, subject: disk.name,
                        evidence: [
                            Evidence("await", disk.await, "milliseconds"),
                            Evidence("in_flight", Double(disk.inFlight), "count"),
                        ],
                        summary:
                            "\(Words.fixed(disk.queueSize)) requests at a time wait for \(disk.name.printable), each "
                            + "\(Words.fixed(disk.await)) ms",
                        parent: DiskLatencyCheck.id, remedies: GuideRemedies.disk)
                }))
    }
}
