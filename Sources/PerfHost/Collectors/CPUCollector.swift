import PerfModel

/// `/proc/stat`: what the CPUs did since boot.
package enum CPUCollector: Collector {
    package static let id = "cpu"
    package static let explanation = "CPU times, context switches and forks from /proc/stat"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        // The line `intr` has a number for each interrupt, which are thousands on large hosts.
        snapshot.cpu = reader.part(at: "/proc/stat", limit: 8 << 20, parse)
    }

    /// - Returns: nil without the line of all CPUs.
    static func parse(_ bytes: [UInt8]) -> CPUTimes? {
        var total: CPUTicks?
        var times = CPUTimes(total: CPUTicks(), cpus: [])
        for line in bytes.lines {
            // Only the beginning of `intr` and `softirq` is a sum.
            let fields = line.prefix(512).fields
            guard let name = fields.first, fields.count >= 2 else { continue }
            if name.hasPrefix("cpu") {
                guard let ticks = ticks(fields) else { continue }
                if name.count == 3 {
                    total = ticks
                } else if let number = name.dropFirst(3).unsigned, number < 1 << 16 {
                    times.cpus.append(CPUTimes.CPU(number: Int(number), ticks: ticks))
                }
                continue
            }
            let value = fields[1].unsigned
            switch name.text {
            case "ctxt": times.contextSwitches = value
            case "intr": times.interrupts = value
            case "processes": times.forks = value
            case "procs_running": times.runnable = value
            case "procs_blocked": times.blocked = value
            case "btime": times.bootTime = value
            default: break
            }
        }
        guard let total else { return nil }
        times.total = total
        times.cpus.sort { $0.number < $1.number }
        return times
    }

    /// Old kernels have fewer columns: steal since Linux 2.6.11, guest since 2.6.24, guest_nice since 2.6.33.
    private static func ticks(_ fields: [Bytes]) -> CPUTicks? {
        let values = fields.dropFirst().prefix(10).map(\.unsigned)
        guard values.count >= 4, values.allSatisfy({ $0 != nil }) else { return nil }
        func value(_ index: Int) -> UInt64 { index < values.count ? values[index] ?? 0 : 0 }
        var ticks = CPUTicks()
        ticks.user = value(0)
        ticks.nice = value(1)
        ticks.system = value(2)
        ticks.idle = value(3)
        ticks.iowait = value(4)
        ticks.irq = value(5)
        ticks.softirq = value(6)
        ticks.steal = value(7)
        ticks.guest = value(8)
        ticks.guestNice = value(9)
        return ticks
    }
}
