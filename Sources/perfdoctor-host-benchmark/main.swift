// Prints windows of this host as lines of JSON, for ci/benchmarks/diagnose-agreement: what perfdoctor sees in the same
// seconds as other tools, and what it costs. Usage: perfdoctor-host-benchmark [-p PID] [--record DIR] SECONDS COUNT
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
    for process in window.processes.value?.processes ?? [] where process.cpus > 0 {
        line.processCpus["\(process.pid)"] = process.cpus
    }
    return line
}

func run() throws {
    var arguments = CommandLine.arguments.dropFirst()
    var options = HostCollectorOptions()
    var directory: String?
    while let option = arguments.first, option.hasPrefix("-") {
        arguments.removeFirst()
        guard let value = arguments.popFirst() else { throw UsageError() }
        switch option {
        case "-p": options.target = Int32(value)
        case "--record": directory = value
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
        usleep(UInt32(seconds * 1e6))
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
    var summary: String { "usage: perfdoctor-host-benchmark [-p PID] [--record DIR] SECONDS COUNT" }
    var remedy: String? { nil }
}

do {
    try run()
} catch {
    print("perfdoctor-host-benchmark: \(error)")
    exit(1)
}
