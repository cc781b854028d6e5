// Prints windows of this host as lines of JSON, for ci/benchmarks/diagnose-agreement: what perfdoctor sees in the same
// seconds as other tools, and what it costs. Usage: perfdoctor-host-benchmark [-p PID] [--record DIR] [--looks N] SECONDS COUNT
import FoundationEssentials
import Glibc
import PerfHost
import PerfLinux
import PerfModel

struct Line: Codable {
    struct Disk: Codable {
        var readsPerSecond, writesPerSecond, readKibPerSecond, writeKibPerSecond: Double
        var readAwaitMs, writeAwaitMs, flushAwaitMs, queueSize, busyRatio: Double
        var readRequestKib, writeRequestKib: Double
    }

    var elapsedNs: UInt64
    var cpuUserRatio, cpuSystemRatio, cpuIdleRatio, cpuIowaitRatio, cpuStealRatio, cpuBusyRatio: Double?
    var contextSwitchesPerSecond, interruptsPerSecond: Double?
    var swapInPagesPerSecond, swapOutPagesPerSecond, pageFaultsPerSecond: Double?
    var memoryAvailableBytes, memoryFreeBytes, memoryTotalBytes: UInt64?
    var disks: [String: Disk] = [:]
    /// CPUs by pid.
    var processCpus: [String: Double] = [:]
    /// Mean CPUs of the target's threads, ready and running, and what its looks saw: numbers of threads by reason.
    var targetRunning: Double?
    var targetWaiting: Double?
    var looks: [String: Int] = [:]
    var lookNs: UInt64?
    var effectiveCpus: Double?
    var throttledRatio: Double?
    var throttledSecondsPerSecond: Double?
    /// Ratios of the window, of the target's cgroup.
    var pressureCpu: Double?
    var pressureMemory: Double?
    var pressureIo: Double?
    var processes: Int
    var costNs, costCpuNs: UInt64
    var filesRead: Int
    var collectorsNs: [String: UInt64]
}

func line(_ window: HostWindow) -> Line {
    let cost = window.last.cost
    var line = Line(
        elapsedNs: window.elapsedNanoseconds, processes: window.last.processes.value?.processes.count ?? 0,
        costNs: cost.nanoseconds, costCpuNs: cost.cpuNanoseconds, filesRead: cost.filesRead,
        collectorsNs: cost.collectors)
    if let cpu = window.cpu.value {
        line.cpuUserRatio = cpu.total.user
        line.cpuSystemRatio = cpu.total.system
        line.cpuIdleRatio = cpu.total.idle
        line.cpuIowaitRatio = cpu.total.iowait
        line.cpuStealRatio = cpu.total.steal
        line.cpuBusyRatio = cpu.total.busy
        line.contextSwitchesPerSecond = cpu.contextSwitches.map { Double($0) / window.elapsedSeconds }
        line.interruptsPerSecond = cpu.interrupts.map { Double($0) / window.elapsedSeconds }
    }
    let memory = window.virtualMemory.value
    line.swapInPagesPerSecond = memory?.perSecond("pswpin")
    line.swapOutPagesPerSecond = memory?.perSecond("pswpout")
    line.pageFaultsPerSecond = memory?.perSecond("pgfault")
    line.memoryAvailableBytes = window.last.memory.value?.available
    line.memoryFreeBytes = window.last.memory.value?.free
    line.memoryTotalBytes = window.last.memory.value?.total
    for disk in window.disks.value ?? [] {
        line.disks[disk.name] = Line.Disk(
            readsPerSecond: disk.read.requestsPerSecond, writesPerSecond: disk.write.requestsPerSecond,
            readKibPerSecond: disk.read.bytesPerSecond / 1024,
            writeKibPerSecond: disk.write.bytesPerSecond / 1024, readAwaitMs: disk.read.await,
            writeAwaitMs: disk.write.await, flushAwaitMs: disk.flushAwait ?? 0, queueSize: disk.queueSize,
            busyRatio: disk.utilization, readRequestKib: disk.read.requestSize / 1024,
            writeRequestKib: disk.write.requestSize / 1024)
    }
    if let target = window.last.target.flatMap({ window.processes.value?[$0] }) {
        line.targetRunning = target.threads.map(\.run).reduce(0, +)
        line.targetWaiting = target.waiting
    }
    for look in window.looks.flatMap(\.threads) {
        switch look.activity {
        case .running: line.looks["running", default: 0] += 1
        case .stopped: line.looks["stopped", default: 0] += 1
        case .hidden: line.looks["hidden", default: 0] += 1
        case .waiting(let reason, _, _): line.looks[reason.rawValue, default: 0] += 1
        }
    }
    line.lookNs = window.looks.isEmpty ? nil : cost.looks / UInt64(window.looks.count)
    line.effectiveCpus = window.last.cpuLimits.value?.effective
    line.throttledRatio = window.cgroup.value?.throttledRatio
    line.throttledSecondsPerSecond = window.cgroup.value?.throttled
    line.pressureCpu = window.cgroupPressure.value?.cpu?.some
    line.pressureMemory = window.cgroupPressure.value?.memory?.some
    line.pressureIo = window.cgroupPressure.value?.io?.some
    for process in window.processes.value?.processes ?? [] where process.cpus > 0 {
        line.processCpus["\(process.pid)"] = process.cpus
    }
    return line
}

func run() throws {
    var arguments = CommandLine.arguments.dropFirst()
    var options = HostCollectorOptions()
    var directory: String?
    var looks = 0
    while let option = arguments.first, option.hasPrefix("-") {
        arguments.removeFirst()
        guard let value = arguments.popFirst() else { throw UsageError() }
        switch option {
        case "-p": options.target = Int32(value)
        case "--record": directory = value
        case "--looks": looks = min(max(Int(value) ?? 0, 0), 1000)
        default: throw UsageError()
        }
    }
    guard arguments.count == 2, let seconds = Double(arguments[arguments.startIndex]), seconds > 0, seconds < 3600,
        let count = Int(arguments[arguments.startIndex + 1])
    else { throw UsageError() }
    let live = try LiveHost()
    var source: any HostSource = live
    if let directory { source = try RecordingHost(host: live, directory: directory, options: options) }
    let collector = HostCollector(source: source, options: options)
    var before = collector.snapshot()
    for _ in 0..<count {
        for _ in 0..<looks {
            usleep(UInt32(seconds * 1e6 / Double(looks + 1)))
            collector.look()
        }
        usleep(UInt32(seconds * 1e6 / Double(looks + 1)))
        let after = collector.snapshot()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        print(String(decoding: try encoder.encode(line(HostWindow(first: before, last: after))), as: UTF8.self))
        before = after
    }
    if let failure = (source as? RecordingHost)?.failure { throw failure }
}

struct UsageError: UserFacingError {
    var summary: String { "usage: perfdoctor-host-benchmark [-p PID] [--record DIR] [--looks N] SECONDS COUNT" }
    var remedy: String? { nil }
}

do {
    try run()
} catch {
    print("perfdoctor-host-benchmark: \(error)")
    exit(1)
}
