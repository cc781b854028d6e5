import PerfModel

/// File systems that are full, or soon will be.
package struct DiskSpaceCheck: Check {
    package static let id = "disk.space"
    package static let resource = Resource.disk
    package static let explanation = "Are file systems full, or about to be?"
    package static let source =
        "statvfs of local mounts: used / (used + available), as df; inodes likewise; time until full at the window's "
        + "rate"
    package static let trap =
        "90% of a large disk leaves plenty; images that are mounted read-only are always full; a rate of seconds "
        + "foretells "
        + "nothing, so that only windows of a minute and more do; network mounts are not asked, as that may hang"
    package static let threshold = CheckThreshold(
        0.90, 0.98, unit: "ratio", origin: "netdata 90 and 98%; node-mixin full in 24 h and 4 h",
        conditions: [
            "ample_bytes": 107_374_182_400, "critical_below_bytes": 5_368_709_120, "forecast_after_seconds": 60,
            "forecast_from_ratio": 0.60, "full_warning_hours": 24, "full_critical_hours": 4,
        ])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let mounts = observation.last.fileSystems.value else {
            return unmeasured(observation.last.fileSystems, "the mounts")
        }
        let writable = mounts.filter { !$0.isReadOnly && $0.space.usedRatio != nil }
        guard !writable.isEmpty else {
            return .unmeasured(reason: "no local file system that is mounted to be written to was seen", remedy: nil)
        }
        var findings: [Finding] = []
        for mount in writable {
            findings += space(of: mount, threshold) ?? forecast(of: mount, observation, threshold) ?? []
            findings += inodes(of: mount, threshold) ?? []
        }
        guard findings.isEmpty else { return .findings(sorted(findings)) }
        let fullest = writable.compactMap(\.space.usedRatio).max() ?? 0
        return .healthy([Evidence("fullest_used_ratio", fullest, "ratio")])
    }

    private static func space(of mount: MountedFileSystem, _ threshold: CheckThreshold) -> [Finding]? {
        let available = Double(mount.space.available)
        guard let used = mount.space.usedRatio, var severity = threshold.severity(of: used),
            available < threshold.condition("ample_bytes")
        else { return nil }
        if available >= threshold.condition("critical_below_bytes") { severity = .warning }
        return [
            finding(
                used, "used_ratio", threshold: threshold, severity: severity, family: .saturation,
                subject: mount.mountPoint, evidence: [Evidence("available_bytes", available, "bytes")],
                summary:
                    "\(mount.mountPoint.printable) is \(Words.percent(used)) full: \(Words.bytes(available)) are left",
                remedies: [remedy])
        ]
    }

    private static func inodes(of mount: MountedFileSystem, _ threshold: CheckThreshold) -> [Finding]? {
        guard let used = mount.space.inodesUsedRatio, threshold.severity(of: used) != nil else { return nil }
        return [
            finding(
                used, "inodes_used_ratio", threshold: threshold, family: .saturation, subject: mount.mountPoint,
                evidence: [Evidence("inodes_left", Double(mount.space.inodesFree), "count")],
                summary: "\(mount.mountPoint.printable) has used \(Words.percent(used)) of its inodes: "
                    + "\(Words.grouped(Double(mount.space.inodesFree))) more files and no more, however much space "
                    + "is left",
                remedies: [Remedy("remove small files that nobody needs (caches, sessions), or make it anew with more")]
            )
        ]
    }

    private static func forecast(
        of mount: MountedFileSystem, _ observation: HostObservation, _ threshold: CheckThreshold
    ) -> [Finding]? {
        let seconds = observation.whole.elapsedSeconds
        guard seconds >= threshold.condition("forecast_after_seconds"), let used = mount.space.usedRatio,
            used >= threshold.condition("forecast_from_ratio"),
            let before = observation.whole.first.fileSystems.value?.first(where: { $0.mountPoint == mount.mountPoint }),
            before.space.available > mount.space.available
        else { return nil }
        let rate = Double(before.space.available - mount.space.available) / seconds
        let hours = Double(mount.space.available) / rate / 3600
        guard hours < threshold.condition("full_warning_hours") else { return nil }
        return [
            finding(
                used, "used_ratio", threshold: threshold,
                severity: hours < threshold.condition("full_critical_hours") ? .critical : .warning,
                family: .saturation, subject: mount.mountPoint,
                evidence: [
                    Evidence("full_in_seconds", hours * 3600, "seconds"), Evidence("growth", rate, "bytes_per_second"),
                ],
                summary: "\(mount.mountPoint.printable) grows by \(Words.bytes(rate)) a second and is full in "
                    + "\(Words.fixed(hours)) hours if that goes on",
                remedies: [remedy])
        ]
    }

    private static let remedy = Remedy("du -xh --max-depth 2 shows what takes the space: logs, caches, old versions")
}
