import PerfLinux
import PerfModel

/// What the machine itself does: heat, and memory that is near or far.
package enum MachineCollector: Collector {
    package static let id = "machine"
    package static let explanation = "slow-downs because of heat, and the memory of NUMA nodes"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        snapshot.thermal = thermal(reader)
        snapshot.numa = numa(reader)
    }

    private static func thermal(_ reader: HostReader) -> Availability<[ThermalThrottle]> {
        let directory = "/sys/devices/system/cpu"
        var result: [ThermalThrottle] = []
        for name in reader.names(in: directory) where name.hasPrefix("cpu") {
            guard let cpu = Int(name.dropFirst(3)), cpu >= 0, cpu < 1 << 16 else { continue }
            let counts = ThermalThrottle(
                cpu: cpu, coreCount: reader.number(at: "\(directory)/\(name)/thermal_throttle/core_throttle_count"),
                packageCount: reader.number(at: "\(directory)/\(name)/thermal_throttle/package_throttle_count"))
            // All CPUs of a machine have it or none.
            guard counts.coreCount != nil || counts.packageCount != nil else { break }
            result.append(counts)
        }
        guard !result.isEmpty else {
            return .unavailable(
                reason: "the CPUs do not count slow-downs because of heat, as those of virtual machines", remedy: nil)
        }
        return .available(result.sorted { $0.cpu < $1.cpu })
    }

    private static func numa(_ reader: HostReader) -> Availability<[NUMANode]> {
        let directory = "/sys/devices/system/node"
        var nodes: [NUMANode] = []
        for name in reader.names(in: directory) where name.hasPrefix("node") {
            guard let number = Int(name.dropFirst(4)), number >= 0,
                let counters = reader.value(
                    at: "\(directory)/\(name)/numastat", { [String: UInt64](namedLines: $0) })
            else { continue }
            let memory = reader.value(at: "\(directory)/\(name)/meminfo", nodeMemory)
            nodes.append(
                NUMANode(
                    number: number, counters: NamedCounters(counters), total: memory?["MemTotal"],
                    free: memory?["MemFree"]))
        }
        guard !nodes.isEmpty else { return .unavailable(reason: "this kernel knows no NUMA nodes", remedy: nil) }
        return .available(nodes.sorted { $0.number < $1.number })
    }

    /// `Node 0 MemTotal: 8123 kB`, in bytes.
    static func nodeMemory(_ bytes: [UInt8]) -> [String: UInt64] {
        var result: [String: UInt64] = [:]
        for line in bytes.lines {
            let fields = line.fields
            guard fields.count >= 4, fields[2].last == UInt8(ascii: ":"), let value = fields[3].unsigned,
                value < 1 << 50
            else { continue }
            result[fields[2].dropLast().text] = value * 1024
        }
        return result
    }
}
