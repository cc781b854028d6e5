import PerfModel

/// `/proc/diskstats` and what sysfs says of the devices.
package enum DiskCollector: Collector {
    package static let id = "disk"
    package static let explanation = "requests, times and queues of block devices from /proc/diskstats and /sys/block"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        let parsed = reader.part(at: "/proc/diskstats", parse)
        guard case .available(var devices) = parsed else {
            snapshot.disks = parsed
            return
        }
        // A slash in the name of a device (cciss/c0d0) is a `!` in sysfs.
        let disks = Set(reader.names(in: "/sys/block").map { name in String(name.map { $0 == "!" ? "/" : $0 }) })
        for index in devices.indices {
            let name = devices[index].name
            if disks.isEmpty || disks.contains(name) {
                let directory = "/sys/block/" + String(name.map { $0 == "/" ? "!" : $0 })
                addFacts(in: directory, to: &devices[index], reader)
            } else {
                devices[index].parent = parent(of: name, among: disks)
            }
        }
        snapshot.disks = .available(devices)
    }

    private static func addFacts(in directory: String, to device: inout DiskCounters, _ reader: HostReader) {
        device.isRotational = reader.number(at: "\(directory)/queue/rotational").map { $0 != 0 }
        device.size = reader.number(at: "\(directory)/size").flatMap { $0 < 1 << 54 ? $0 * 512 : nil }
        device.queueLimit = reader.number(at: "\(directory)/queue/nr_requests")
        device.scheduler = reader.text(at: "\(directory)/queue/scheduler").map { MemoryCollector.chosen($0) ?? $0 }
    }

    /// The disk whose name is the longest beginning of a partition's name; the name itself where none is.
    private static func parent(of name: String, among disks: Set<String>) -> String {
        disks.filter { name.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count } ?? name
    }

    /// Devices in the file's order; loop and ram devices only where they were used.
    static func parse(_ bytes: [UInt8]) -> [DiskCounters]? {
        var found: [DiskCounters] = []
        let lines = bytes.lines
        for line in lines {
            let fields = line.fields
            // Linux 2.6.25 on; older ones have 7 columns for partitions.
            guard fields.count >= 14, let major = fields[0].unsigned, let minor = fields[1].unsigned,
                let majorNumber = UInt32(exactly: major), let minorNumber = UInt32(exactly: minor)
            else { continue }
            let numbers = fields[3...].map(\.unsigned)
            guard numbers.allSatisfy({ $0 != nil }) else { continue }
            func number(_ index: Int) -> UInt64? { index < numbers.count ? numbers[index] : nil }
            let device = DiskCounters(
                name: fields[2].text, major: majorNumber, minor: minorNumber, reads: number(0) ?? 0,
                readsMerged: number(1) ?? 0, sectorsRead: number(2) ?? 0, readMilliseconds: number(3) ?? 0,
                writes: number(4) ?? 0, writesMerged: number(5) ?? 0, sectorsWritten: number(6) ?? 0,
                writeMilliseconds: number(7) ?? 0, inFlight: number(8) ?? 0, busyMilliseconds: number(9) ?? 0,
                weightedMilliseconds: number(10) ?? 0, discards: number(11), discardsMerged: number(12),
                sectorsDiscarded: number(13), discardMilliseconds: number(14), flushes: number(15),
                flushMilliseconds: number(16))
            let isVirtual = device.name.hasPrefix("loop") || device.name.hasPrefix("ram")
            if isVirtual, device.reads == 0, device.writes == 0 { continue }
            found.append(device)
        }
        // A host without disks has an empty file; lines that none could be read of are not documented.
        return found.isEmpty && lines.contains { $0.fields.count < 14 } ? nil : found
    }
}
