import PerfModel

/// `/proc/schedstat` and `/proc/loadavg`: who waits for a CPU.
package enum RunQueueCollector: Collector {
    package static let id = "run_queue"
    package static let explanation = "waiting for CPUs from /proc/schedstat, where the kernel has it, and the load"

    package static func collect(
        from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot
    ) {
        snapshot.runQueues = reader.part(
            at: "/proc/schedstat", limit: 8 << 20,
            remedy: "waits are read from /proc/PID/schedstat instead; a kernel with CONFIG_SCHEDSTATS has the totals",
            parse)
        snapshot.load = reader.part(at: "/proc/loadavg", parseLoad)
    }

    /// Fields 7 to 9 of the lines of CPUs, the same since version 14 of the file.
    static func parse(_ bytes: [UInt8]) -> [RunQueueCounters]? {
        var result: [RunQueueCounters] = []
        for line in bytes.lines where line.hasPrefix("cpu") {
            let fields = line.fields
            guard fields.count >= 10, let cpu = fields[0].dropFirst(3).unsigned, cpu < 1 << 16,
                let run = fields[7].unsigned, let wait = fields[8].unsigned, let slices = fields[9].unsigned
            else { return nil }
            result.append(RunQueueCounters(cpu: Int(cpu), run: run, wait: wait, timeslices: slices))
        }
        return result.isEmpty ? nil : result
    }

    /// `0.20 0.18 0.12 1/80 11206`.
    static func parseLoad(_ bytes: [UInt8]) -> LoadAverage? {
        let fields = bytes[...].trimmed.fields
        guard fields.count >= 4, let one = fields[0].decimal, let five = fields[1].decimal,
            let fifteen = fields[2].decimal
        else { return nil }
        let counts = fields[3].split(separator: UInt8(ascii: "/"))
        guard counts.count == 2, let runnable = counts[0].unsigned, let threads = counts[1].unsigned else { return nil }
        return LoadAverage(
            oneMinute: one, fiveMinutes: five, fifteenMinutes: fifteen, runnable: runnable, threads: threads)
    }
}
