import PerfModel

/// Requests that are held back before they reach the disk.
package struct DiskThrottlingCheck: Check {
    package static let id = "disk.throttled"
    package static let resource = Resource.disk
    package static let explanation = "Are requests held back before they reach the disk?"
    package static let source =
        "PSI io some, threads in state D by looks, and queue and await of all disks (/proc/diskstats)"
    package static let trap =
        "one thread that reads a fast disk all the time is in state D all the time as well: only when many more "
        + "threads wait than requests are at the disks (Little's law) is something in between"
    package static let threshold = CheckThreshold(
        0.10, 0.30, unit: "ratio", origin: "proposed",
        conditions: ["await_below_milliseconds": 10, "threads_per_request": 4, "waiting_threads": 0.2, "looks": 10])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let pressure) = observation.pressure, let some = pressure.io?.some else {
            return unmeasured(observation.pressure, "PSI of disks")
        }
        guard let disks = observation.disks.value else { return unmeasured(observation.disks, "/proc/diskstats") }
        let looks = observation.whole.looks
        guard threshold.severity(of: some) != nil else { return .healthy([Evidence("io_some_ratio", some, "ratio")]) }
        guard Double(looks.count) >= threshold.condition("looks") else {
            return .unmeasured(
                reason: "threads were looked at \(looks.count) times, too few to tell how many wait", remedy: nil)
        }
        let waiting = Double(looks.reduce(0) { $0 + $1.threads.count(where: isBlocked) }) / Double(max(1, looks.count))
        let queue = disks.reduce(0) { $0 + $1.queueSize }
        let time = disks.filter { $0.requests > 0 }.map(\.await).max() ?? 0
        let context = [
            Evidence("threads_in_disk_wait", waiting, "count"), Evidence("requests_at_disks", queue, "count"),
            Evidence("await", time, "milliseconds"),
        ]
        guard waiting >= threshold.condition("waiting_threads"),
            waiting >= threshold.condition("threads_per_request") * queue,
            time < threshold.condition("await_below_milliseconds"),
            observation.memoryCause(of: some) == nil
        else { return .healthy([Evidence("io_some_ratio", some, "ratio")] + context) }
        return .findings([
            finding(
                some, "io_some_ratio", threshold: threshold, family: .saturation, evidence: context,
                summary:
                    "\(Words.fixed(waiting)) threads at a time wait for a disk, but only \(Words.fixed(queue)) "
                    + "requests are at one, answered in \(Words.fixed(time)) ms: something holds them back",
                benefit: some,
                remedies: [
                    Remedy(
                        "look for limits on its cgroup: io.max, blkio.throttle.*, IOReadBandwidthMax=; or of the "
                            + "volume (IOPS that are paid for)"),
                    Remedy("if its files are on NFS, FUSE or another network file system, look at that server"),
                    GuideRemedies.asynchronousIO,
                ])
        ])
    }

    /// In a wait that no signal ends, for a disk as far as that can be seen.
    private static func isBlocked(_ look: ThreadLook) -> Bool {
        guard look.state == "D" else { return false }
        return switch look.activity {
        case .hidden: true
        case .waiting(let reason, _, _): reason == .disk || reason == .unknown
        case .running, .stopped: false
        }
    }
}
