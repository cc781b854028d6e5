import PerfHost
import PerfModel

/// The small multiples of a diagnosis: the same time over and over, one resource in each.
struct WindowCharts {
    let windows: [HostWindow]
    private let observation: HostObservation
    private let thresholds: [String: CheckThreshold]

    /// - Parameters:
    ///   - observation: what was seen.
    ///   - thresholds: what the user set, by the id of the check.
    init(_ observation: HostObservation, thresholds: [String: CheckThreshold] = [:]) {
        self.observation = observation
        self.thresholds = thresholds
        windows = observation.parts
    }

    var spans: WindowSpans { WindowSpans(windows) }

    var all: [WindowChart] {
        [
            cpu, stalls, threads, switches, availableMemory, swapping, majorFaults, diskUse, diskLatency, network,
            retransmissions,
        ]
    }

    private static let diskLimit = 3

    private func series(_ name: String, _ value: (HostWindow) -> Double?) -> WindowChart.Series {
        WindowChart.Series(name: name, values: windows.map(value))
    }

    private func threshold(_ check: any Check.Type) -> CheckThreshold { thresholds[check.id] ?? check.threshold }

    private func limit(_ check: any Check.Type) -> WindowChart.Limit {
        let threshold = threshold(check)
        let text = EvidenceText.value(threshold.warning, threshold.unit)
        return WindowChart.Limit(value: threshold.warning, text: "\(check.id) \(text)")
    }

    private func reason<Value>(_ part: Availability<Value>, _ file: String) -> String {
        guard case .unavailable(let reason, _) = part else { return "Not seen: this kernel does not tell (\(file))" }
        return "Not seen: \(reason)"
    }

    private var whole: HostWindow { observation.whole }
    private var cpuCount: Double { Double(max(1, whole.cpu.value?.cpus.count ?? 1)) }

    // MARK: CPU

    private var cpu: WindowChart {
        var chart = WindowChart(
            title: "CPUs of the host", unit: "ratio",
            series: [
                series("busy") { $0.cpu.value?.total.busy }, series("steal") { $0.cpu.value?.total.steal },
                series("iowait") { $0.cpu.value?.total.iowait },
            ],
            limits: [limit(CPUUtilizationCheck.self)], reason: reason(whole.cpu, "/proc/stat"))
        chart.least = 1
        return chart
    }

    private var stalls: WindowChart {
        let whose = observation.isCgroupPressure ? "the cgroup" : "the host"
        return WindowChart(
            title: "Stalls of \(whose) (PSI some)", unit: "ratio",
            series: [
                series("cpu") { HostObservation.pressure(of: $0).value?.cpu?.some },
                series("memory") { HostObservation.pressure(of: $0).value?.memory?.some },
                series("io") { HostObservation.pressure(of: $0).value?.io?.some },
            ],
            limits: stallLimits,
            reason: reason(observation.pressure, "/proc/pressure"))
    }

    /// Equal limits are one line.
    private var stallLimits: [WindowChart.Limit] {
        let checks: [any Check.Type] = [CPUPressureCheck.self, DiskPressureCheck.self, MemoryPressureCheck.self]
        return Dictionary(grouping: checks) { threshold($0).warning }.sorted { $0.key > $1.key }.map { value, checks in
            let ids = checks.map { $0.id }.joined(separator: ", ")
            return WindowChart.Limit(value: value, text: "\(ids) \(EvidenceText.value(value, "ratio"))")
        }
    }

    private var threads: WindowChart {
        WindowChart(
            title: "Threads at the end of each window", unit: "count",
            series: [
                series("on a CPU or ready") { $0.last.cpu.value?.runnable.map { Double($0) } },
                series("waiting for a disk") { $0.last.cpu.value?.blocked.map { Double($0) } },
            ],
            limits: whole.cpu.value.map { cpu in
                [WindowChart.Limit(value: Double(cpu.cpus.count), text: "CPUs: \(cpu.cpus.count)")]
            } ?? [], reason: reason(whole.cpu, "/proc/stat"))
    }

    private var switches: WindowChart {
        WindowChart(
            title: "Context switches of each CPU", unit: "per_second",
            series: [
                series("switches") { window in
                    window.cpu.value?.contextSwitches.map { Double($0) / window.elapsedSeconds / cpuCount }
                }
            ],
            limits: [limit(ContextSwitchCheck.self)], reason: reason(whole.cpu, "/proc/stat"))
    }

    // MARK: memory

    private var availableMemory: WindowChart {
        let total = observation.last.memory.value?.total.map { Double($0) }
        let used = threshold(AvailableMemoryCheck.self)
        var chart = WindowChart(
            title: "Memory available", unit: "bytes",
            series: [series("available") { $0.last.memory.value?.available.map { Double($0) } }],
            reason: reason(observation.last.memory, "/proc/meminfo"))
        if let total {
            // Where much is left in bytes, a small share of all is no finding.
            let least = min(total * (1 - used.warning), used.condition("ample_bytes"))
            chart.limits = [
                WindowChart.Limit(
                    value: least, text: "\(AvailableMemoryCheck.id) \(EvidenceText.value(least, "bytes"))")
            ]
            chart.least = total
        }
        return chart
    }

    private func counter(_ name: String, as label: String) -> WindowChart.Series {
        series(label) { $0.virtualMemory.value?.perSecond(name) }
    }

    private var swapping: WindowChart {
        WindowChart(
            title: "Swapping, pages", unit: "per_second",
            series: [counter("pswpout", as: "out"), counter("pswpin", as: "in")],
            limits: [limit(SwappingCheck.self)], reason: reason(whole.virtualMemory, "/proc/vmstat"))
    }

    private var majorFaults: WindowChart {
        WindowChart(
            title: "Major faults: pages read from a disk", unit: "per_second",
            series: [counter("pgmajfault", as: "faults")],
            limits: [limit(ThrashingCheck.self)], reason: reason(whole.virtualMemory, "/proc/vmstat"))
    }

    // MARK: disks

    /// The busiest ones.
    private var diskNames: [String] {
        let disks = (observation.disks.value ?? []).filter { $0.requests > 0 }
        return disks.sorted { ($1.utilization, $0.name) < ($0.utilization, $1.name) }.prefix(Self.diskLimit).map(\.name)
    }

    private var diskReason: String {
        observation.disks.value == nil
            ? reason(observation.disks, "/proc/diskstats") : "No disk had anything to do"
    }

    private func disk(_ value: @escaping (DiskRates) -> Double?) -> [WindowChart.Series] {
        diskNames.map { name in
            series(name) { window in window.disks.value?.first { $0.name == name }.flatMap(value) }
        }
    }

    private var diskUse: WindowChart {
        WindowChart(
            title: "Disks: time with a request", unit: "ratio", series: disk(\.utilization),
            limits: [limit(DiskUtilizationCheck.self)], reason: diskReason)
    }

    private var diskLatency: WindowChart {
        // Without a request there is no time that one took.
        WindowChart(
            title: "Disks: time of a request (await)", unit: "milliseconds",
            series: disk { $0.requests > 0 ? $0.await : nil }, limits: [limit(DiskLatencyCheck.self)],
            reason: diskReason)
    }

    // MARK: network

    private var network: WindowChart {
        let busiest = (whole.interfaces.value ?? [])
            .filter { $0.received.packets > 0 || $0.sent.packets > 0 }
            .sorted { ($1.bytes, $0.name) < ($0.bytes, $1.name) }.prefix(2)
        let series = busiest.flatMap { interface -> [WindowChart.Series] in
            func series(_ label: String, _ value: @escaping (InterfaceRates) -> Double) -> WindowChart.Series {
                self.series(label) { window in
                    window.interfaces.value?.first { $0.name == interface.name }.map(value)
                }
            }
            // What goes out there comes in again.
            guard interface.name != "lo" else { return [series("lo") { $0.sent.bytesPerSecond }] }
            return [
                series("\(interface.name) in") { $0.received.bytesPerSecond },
                series("\(interface.name) out") { $0.sent.bytesPerSecond },
            ]
        }
        return WindowChart(
            title: "Network: the busiest interfaces", unit: "bytes_per_second", series: series,
            reason: whole.interfaces.value == nil
                ? reason(whole.interfaces, "/proc/net/dev") : "No interface carried anything")
    }

    private var retransmissions: WindowChart {
        let threshold = threshold(RetransmissionCheck.self)
        let share = EvidenceText.value(threshold.warning, "ratio")
        return WindowChart(
            title: "TCP segments that were sent again", unit: "per_second",
            series: [
                series("sent again") { $0.protocols.value?.perSecond("Tcp.RetransSegs") },
                series("\(share) of all sent (\(RetransmissionCheck.id))") {
                    $0.protocols.value?.perSecond("Tcp.OutSegs").map { $0 * threshold.warning }
                },
            ], reason: reason(whole.protocols, "/proc/net/snmp"))
    }
}

extension InterfaceRates {
    fileprivate var bytes: Double { received.bytesPerSecond + sent.bytesPerSecond }
}
