import PerfModel

/// Work that stands still for disks.
package struct DiskPressureCheck: Check {
    package static let id = "disk.psi"
    package static let resource = Resource.disk
    package static let explanation = "How much of the time does something wait for a disk?"
    package static let source = "PSI io some and full (host, or the target's cgroup)"
    package static let trap =
        "want of memory raises it as well, as pages are read again: then memory is the cause; waits for network file "
        + "systems and for limits of a cgroup count too"
    package static let threshold = CheckThreshold(0.10, 0.30, unit: "ratio", origin: "proposed")

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard case .available(let pressure) = observation.pressure, let io = pressure.io else {
            return unmeasured(observation.pressure, "PSI of disks")
        }
        let context = io.full.map { [Evidence("io_full_ratio", $0, "ratio")] } ?? []
        guard threshold.severity(of: io.some) != nil else {
            return .healthy([Evidence("io_some_ratio", io.some, "ratio")] + context)
        }
        let whose = observation.isCgroupPressure ? "in its cgroup, something" : "something"
        let cause = observation.memoryCause(of: io.some)
        return .findings([
            finding(
                io.some, "io_some_ratio", threshold: threshold, family: .pressure,
                evidence: context
                    + (observation.memoryStall.map { [Evidence("memory_some_ratio", $0, "ratio")] } ?? []),
                summary: "\(whose) waited for a disk \(Words.percent(io.some)) of the time"
                    + (cause == nil ? "" : ", for pages that memory had no room for"),
                parent: cause, benefit: io.some, remedies: cause == nil ? GuideRemedies.disk : GuideRemedies.memory)
        ])
    }
}
