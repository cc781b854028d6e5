import PerfLinux
import PerfModel
import PerfProbes
import Testing

@testable import PerfDiagnosis
@testable import PerfHost
@testable import PerfReports

/// A small host over some windows of two seconds, made by hand.
enum WatchScene {
    /// 2026-11-25 23:41:07 UTC and every two seconds from then on.
    private static let start: UInt64 = 1_795_650_067_000_000_000

    /// Snapshot number `number` of a host with two CPUs, a disk, an interface and three processes.
    static func snapshot(_ number: Int, name: String = "postgres") -> HostSnapshot {
        let count = UInt64(number)
        let time = 1_000_000_000 + count * 2_000_000_000
        var snapshot = HostSnapshot(
            takenAt: HostInstant(monotonic: time, boot: time, wall: start + count * 2_000_000_000))
        var ticks = CPUTicks()
        (ticks.user, ticks.system, ticks.idle) = (240 * count, 80 * count, 60 * count)
        (ticks.iowait, ticks.steal) = (16 * count, 4 * count)
        snapshot.cpu = .available(
            CPUTimes(
                total: ticks, cpus: [CPUTimes.CPU(number: 0, ticks: ticks), CPUTimes.CPU(number: 1, ticks: ticks)],
                contextSwitches: 24_000 * count, interrupts: 3000 * count, forks: nil, runnable: 4, blocked: 1,
                bootTime: 5))
        snapshot.memory = .available(
            MemoryInfo(
                bytes: [
                    "MemTotal": 8 << 30, "MemAvailable": 3 << 30, "MemFree": 1 << 30, "Buffers": 100 << 20,
                    "Cached": 2 << 30, "SReclaimable": 50 << 20, "SwapTotal": 1 << 30, "SwapFree": 900 << 20,
                ], counts: [:]))
        snapshot.virtualMemory = .available(
            NamedCounters([
                "pswpin": 0, "pswpout": 0, "pgpgin": 8192 * count, "pgpgout": 2048 * count, "pgmajfault": 40 * count,
            ]))
        func pressure(_ microseconds: UInt64) -> ResourcePressure {
            let line = PressureLine(average10: 0, average60: 0, average300: 0, total: microseconds * count)
            return ResourcePressure(some: line, full: line)
        }
        snapshot.pressure = .available(
            PressureSet(
                cpu: pressure(900_000), memory: pressure(0), io: pressure(300_000), irq: nil, path: "/proc/pressure"))
        snapshot.disks = .available([disk(count)])
        snapshot.interfaces = .available([interface("lo", 9_000_000 * count), interface("eth0", 3_000_000 * count)])
        snapshot.protocols = .available(NamedCounters(["Tcp.RetransSegs": 4 * count]))
        snapshot.processes = .available(processes(count, name))
        snapshot.looks = number == 0 ? [] : looks(time)
        return snapshot
    }

    private static func disk(_ count: UInt64) -> DiskCounters {
        DiskCounters(
            name: "vda", major: 254, minor: 0, parent: nil, reads: 400 * count, readsMerged: 100 * count,
            sectorsRead: 16384 * count, readMilliseconds: 1200 * count, writes: 100 * count, writesMerged: 0,
            sectorsWritten: 4096 * count, writeMilliseconds: 200 * count, inFlight: 1, busyMilliseconds: 900 * count,
            weightedMilliseconds: 1400 * count, discards: nil, discardsMerged: nil, sectorsDiscarded: nil,
            discardMilliseconds: nil, flushes: nil, flushMilliseconds: nil, isRotational: nil, size: nil,
            queueLimit: nil, scheduler: nil)
    }

    private static func interface(_ name: String, _ bytes: UInt64) -> InterfaceCounters {
        func direction(_ bytes: UInt64) -> InterfaceCounters.Direction {
            InterfaceCounters.Direction(bytes: bytes, packets: bytes / 1000, errors: 0, drops: 0, fifoErrors: 0)
        }
        return InterfaceCounters(
            name: name, received: direction(bytes), sent: direction(bytes / 3), collisions: 0, carrierErrors: 0,
            speed: nil, state: nil)
    }

    private static func process(_ pid: Int32, _ name: String, _ user: UInt64, pages: UInt64) -> ProcessSample {
        var process = ProcessSample.unborn
        (process.pid, process.name, process.state, process.parent) = (pid, name, "S", 1)
        (process.userTicks, process.systemTicks, process.startTicks) = (user, user / 4, UInt64(pid))
        (process.residentPages, process.threadCount, process.minorFaults) = (pages, 1, user * 10)
        return process
    }

    private static func processes(_ count: UInt64, _ name: String) -> ProcessTable {
        var server = process(812, name, 120 * count, pages: 60_000)
        (server.threadCount, server.majorFaults) = (2, 40 * count)
        let all = [
            process(1, "init", 0, pages: 2000), server, process(900, "数据库同步", 40 * count, pages: 90_000),
            process(901, "evil\u{1B}[31m\nname", 8 * count, pages: 10),
        ]
        func thread(_ tid: Int32, _ name: String, run: UInt64, wait: UInt64) -> ThreadSample {
            ThreadSample(
                tid: tid, name: name, state: "S", userTicks: 0, systemTicks: 0, minorFaults: 0,
                majorFaults: tid == 812 ? 40 * count : 0, startTicks: 1, blockDelayTicks: 0, processor: 0,
                runDelay: .available(RunDelay(run: run * count, wait: wait * count, timeslices: 500 * count)),
                delays: nil)
        }
        let detail = ProcessDetail(
            pid: 812, startTicks: 812, commandLine: [name, "-D", "/var/lib/data"], cgroup: "/system.slice/db",
            user: 70, memory: ["VmSwap": 4 << 20], voluntarySwitches: 1000 * count, involuntarySwitches: 200 * count,
            io: .available(
                ProcessIO(
                    readCharacters: 0, writtenCharacters: 0, readCalls: 0, writeCalls: 0,
                    readBytes: (8 << 20) * count, writtenBytes: (2 << 20) * count, cancelledBytes: 0)),
            threads: [
                thread(812, name, run: 1_400_000_000, wait: 300_000_000),
                thread(813, "writer", run: 100_000_000, wait: 20_000_000),
            ], threadsAreTruncated: false,
            descriptors: .available(
                DescriptorCounts(
                    total: 34, files: 20, sockets: 10, pipes: 0, devices: 2, anonymous: 2, isTruncated: false,
                    limit: 1024)),
            selection: .cpu)
        return ProcessTable(
            processes: all, details: [812: detail], activity: [:], blindness: ProcessTable.Blindness())
    }

    private static func looks(_ time: UInt64) -> [ThreadLooks] {
        (0..<10).map { number in
            ThreadLooks(
                takenAt: time - 100_000_000 * UInt64(number),
                threads: [
                    ThreadLook(pid: 812, tid: 812, state: "R", activity: .running),
                    ThreadLook(
                        pid: 812, tid: 813, state: "D",
                        activity: .waiting(reason: .disk, function: "io_schedule", systemCall: 17)),
                ], hidden: 0, skipped: 0, cost: 0)
        }
    }

    private static let findings = [
        Finding(
            id: "cpu.sat", severity: .critical, resource: .cpu, family: .pressure,
            summary: "something waited for a CPU 45% of the time", evidence: [Evidence("some_ratio", 0.45, "ratio")]),
        Finding(
            id: "disk.util", severity: .warning, resource: .disk, family: .saturation,
            summary: "vda was in use 45% of the time", evidence: [Evidence("busy_ratio", 0.45, "ratio")]),
    ]

    /// What is known after so many windows.
    static func moment(windows: Int, name: String = "postgres") throws -> WatchState.Moment {
        let snapshots = (max(0, windows - 3)...windows).map { snapshot($0, name: name) }
        let observation = try #require(HostObservation(snapshots))
        let verdict = Verdict(
            .cpu, .high,
            summary: "CPU-bound: \(name) (pid 812) uses 0.8 CPUs; something waited for a CPU 45% of the time; "
                + "vda was in use 45% of the time")
        let diagnosis = Diagnosis(
            verdict: verdict, budget: nil, findings: windows < 3 ? [] : findings, exonerated: [], unmeasured: [],
            refutation: "", counterfactual: "", drillDown: nil)
        let window = try #require(observation.parts.last)
        return WatchState.Moment(
            diagnosis: diagnosis, observation: observation, window: window,
            at: Int64(clamping: window.last.takenAt.wall))
    }

    /// What servers tell: one metric high, one warning, one that a histogram does not tell exactly, some unmeasured.
    static let keyMetrics: [KeyMetricState] = KeyMetric.allCases.map { metric in
        func state(
            _ value: Double, _ severity: Severity? = nil, name: String = "", others: [KeyReading.Figure] = [],
            note: String = "", source: String? = nil
        ) -> KeyMetricState {
            KeyMetricState(
                metric: metric,
                reading: .available(KeyReading(KeyReading.Figure(name, value), others, note: note)),
                source: source, history: [nil, value / 4, value / 2, value], severity: severity)
        }
        return switch metric {
        case .apiLatency:
            state(
                2.34, .critical, name: "p95",
                others: [KeyReading.Figure("p50", 0.1), KeyReading.Figure("p99", 5, .above)],
                note: "http_request_duration_seconds", source: "metrics+http://api:8000/metrics")
        case .databaseTime: state(0.21, .warning, name: "avg", others: [KeyReading.Figure("max", 0.5, .atMost)])
        case .cpu: state(0.84, note: "2 CPUs")
        case .memory: state(0.625, note: "5,120 of 8,192 MiB")
        case .redisLatency: state(0.000_212, name: "avg", source: "redis://cache")
        default:
            KeyMetricState(
                metric: metric, reading: .unavailable(reason: "no target tells it", remedy: metric.remedy),
                source: nil, history: [nil], severity: nil)
        }
    }

    /// A screen after so many windows.
    static func state(
        windows: Int, name: String = "postgres", keyMetrics: [KeyMetricState] = []
    ) throws -> WatchState {
        var state = WatchState(interval: 2, hostName: "web1")
        for number in 1...max(1, windows) where windows > 0 {
            var moment = try moment(windows: number, name: name)
            moment.keyMetrics = keyMetrics
            state.add(moment)
        }
        return state
    }

    static let profile = WatchProfile(
        pid: 812, process: "postgres", what: "CPU time", amount: "1.62 s",
        rows: (1...30).map { number in
            WatchProfile.Row(
                own: 1 / Double(number + 1), total: 1, name: "exec_\(number)(Plan)", module: "postgres")
        })
}
