import PerfModel

/// Who reads and writes.
package struct DiskUserCheck: Check {
    package static let id = "disk.proc"
    package static let resource = Resource.disk
    package static let explanation = "Who reads from disks and writes to them?"
    package static let source =
        "/proc/PID/io: Δread_bytes and Δwrite_bytes a second; delays with kernel.task_delayacct=1"
    package static let trap =
        "what is read from the page cache reaches no disk; what is written back later is the writer's, though the "
        + "kernel does it; context, and only where something waits for disks"
    package static let threshold = CheckThreshold(
        1_048_576, unit: "bytes_per_second", origin: "proposed", conditions: ["stall_ratio": 0.10])

    package static func outcome(of observation: HostObservation, threshold: CheckThreshold) -> CheckOutcome {
        guard let table = observation.whole.processes.value else {
            return unmeasured(observation.whole.processes, "the list of processes")
        }
        let users = table.processes.compactMap { process -> (process: ProcessRates, bytes: Double)? in
            guard let read = process.readBytesPerSecond, let written = process.writtenBytesPerSecond else { return nil }
            return (process, read + written)
        }
        guard let top = users.max(by: { $0.bytes < $1.bytes }) else {
            return .unmeasured(
                reason: "no process shows what it reads and writes (/proc/PID/io)",
                remedy: observation.rights.traceRemedy(others: "run as root"))
        }
        let stall = observation.diskStall
        let evidence = [
            Evidence("read", top.process.readBytesPerSecond ?? 0, "bytes_per_second"),
            Evidence("written", top.process.writtenBytesPerSecond ?? 0, "bytes_per_second"),
            Evidence("share_of_seen_ratio", top.bytes / max(1, users.reduce(0) { $0 + $1.bytes }), "ratio"),
            Evidence("block_delay_ratio", top.process.blockDelay, "ratio"),
        ]
        let matters = stall.map { $0 >= threshold.condition("stall_ratio") } ?? true
        guard threshold.severity(of: top.bytes) != nil, matters else {
            return .healthy([Evidence("disk_bytes", top.bytes, "bytes_per_second")] + evidence)
        }
        return .findings([
            finding(
                top.bytes, "disk_bytes", threshold: threshold, severity: .info, family: .saturation,
                subject: "\(top.process.pid)", evidence: evidence,
                summary: "\(Words.process(top.process)) reads \(Words.bytes(evidence[0].value)) and writes "
                    + "\(Words.bytes(evidence[1].value)) a second",
                remedies: [Remedy("perfdoctor record --clock off-cpu -p \(top.process.pid) shows for what")])
        ])
    }
}
