import PerfModel

/// Pressure stall information of the host, and of the target's cgroup.
package enum PressureCollector: Collector {
    package static let id = "pressure"
    package static let explanation = "pressure stall information of the host and of the target's cgroup"

    private static let remedy = "boot with psi=1, on a kernel with CONFIG_PSI (Linux 4.20)"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        snapshot.pressure = set(in: "/proc/pressure", suffix: "", reader)
        switch CgroupPaths.read(of: snapshot.target, from: reader) {
        case .unavailable(let reason, let remedy):
            snapshot.cgroupPressure = .unavailable(reason: reason, remedy: remedy)
        case .available(let paths):
            guard let directory = paths.unified else {
                snapshot.cgroupPressure = .unavailable(
                    reason: "no cgroup v2 tree is mounted: cgroups of v1 have no pressure files",
                    remedy: "mount -t cgroup2 none /sys/fs/cgroup/unified")
                return
            }
            snapshot.cgroupPressure = set(in: directory, suffix: ".pressure", reader)
        }
    }

    private static func set(
        in directory: String, suffix: String, _ reader: HostReader
    ) -> Availability<PressureSet> {
        var set = PressureSet(path: directory)
        let cpu = reader.part(at: "\(directory)/cpu\(suffix)", remedy: remedy, parse)
        set.cpu = cpu.value
        set.memory = reader.value(at: "\(directory)/memory\(suffix)", parse)
        set.io = reader.value(at: "\(directory)/io\(suffix)", parse)
        set.irq = reader.value(at: "\(directory)/irq\(suffix)", parse)
        if case .unavailable(let reason, let remedy) = cpu, set.memory == nil, set.io == nil {
            return .unavailable(reason: reason, remedy: remedy)
        }
        return .available(set)
    }

    /// `some avg10=0.00 avg60=0.00 avg300=0.00 total=123`, and the same for `full`.
    static func parse(_ bytes: [UInt8]) -> ResourcePressure? {
        var some: PressureLine?
        var full: PressureLine?
        for line in bytes.lines {
            let fields = line.fields
            guard fields.count >= 5, let line = parse(fields: fields.dropFirst()) else { return nil }
            switch fields[0].text {
            case "some": some = line
            case "full": full = line
            default: break
            }
        }
        guard let some = some ?? full else { return nil }
        return ResourcePressure(some: some, full: full)
    }

    private static func parse(fields: ArraySlice<Bytes>) -> PressureLine? {
        var line = PressureLine(average10: 0, average60: 0, average300: 0, total: 0)
        var found = 0
        for field in fields {
            let parts = field.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard parts.count == 2 else { return nil }
            switch parts[0].text {
            case "avg10": line.average10 = parts[1].decimal ?? .nan
            case "avg60": line.average60 = parts[1].decimal ?? .nan
            case "avg300": line.average300 = parts[1].decimal ?? .nan
            case "total":
                guard let total = parts[1].unsigned else { return nil }
                line.total = total
            default: continue
            }
            found += 1
        }
        guard found == 4, !(line.average10 + line.average60 + line.average300).isNaN else { return nil }
        return line
    }
}
