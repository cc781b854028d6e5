// Prints windows of this host as lines of JSON, for ci/benchmarks/diagnose-agreement: what perfdoctor sees in the same
// seconds as other tools, and what it costs. Usage: perfdoctor-host-benchmark [-p PID] [--record DIR] SECONDS COUNT
import FoundationEssentials
import Glibc
import PerfHost
import PerfLinux
import PerfModel

struct Line: Codable {
    struct Disk: Codable {
        var reads_per_second, writes_per_second, read_kib_per_second, write_kib_per_second: Double
        var read_await_ms, write_await_ms, flush_await_ms, queue_size, busy_ratio: Double
        var read_request_kib, write_request_kib: Double
    }

    var elapsed_ns: UInt64
    var cpu_user_ratio, cpu_system_ratio, cpu_idle_ratio, cpu_iowait_ratio, cpu_steal_ratio, cpu_busy_ratio: Double?
    var context_switches_per_second, interrupts_per_second: Double?
    var swap_in_pages_per_second, swap_out_pages_per_second, page_faults_per_second: Double?
    var memory_available_bytes, memory_free_bytes, memory_total_bytes: UInt64?
    var disks: [String: Disk] = [:]
    /// CPUs by pid.
    var process_cpus: [String: Double] = [:]
    var processes: Int
    var cost_ns, cost_cpu_ns: UInt64
    var files_read: Int
    var collectors_ns: [String: UInt64]
}

func line(_ window: HostWindow) -> Line {
    let cost = window.last.cost
    var line = Line(
        elapsed_ns: window.elapsedNanoseconds, processes: window.last.processes.value?.processes.count ?? 0,
        cost_ns: cost.nanoseconds, cost_cpu_ns: cost.cpuNanoseconds, files_read: cost.filesRead,
        collectors_ns: cost.collectors)
    if let cpu = window.cpu.value {
        line.cpu_user_ratio = cpu.total.user
        line.cpu_system_ratio = cpu.total.system
        line.cpu_idle_ratio = cpu.total.idle
        line.cpu_iowait_ratio = cpu.total.iowait
        line.cpu_steal_ratio = cpu.total.steal
        line.cpu_busy_ratio = cpu.total.busy
        line.context_switches_per_second = cpu.contextSwitches.map { Double($0) / window.elapsedSeconds }
        line.interrupts_per_second = cpu.interrupts.map { Double($0) / window.elapsedSeconds }
    }
    let memory = window.virtualMemory.value
    line.swap_in_pages_per_second = memory?.perSecond("pswpin")
    line.swap_out_pages_per_second = memory?.perSecond("pswpout")
    line.page_faults_per_second = memory?.perSecond("pgfault")
    line.memory_available_bytes = window.last.memory.value?.available
    line.memory_free_bytes = window.last.memory.value?.free
    line.memory_total_bytes = window.last.memory.value?.total
    for disk in window.disks.value ?? [] {
        line.disks[disk.name] = Line.Disk(
            reads_per_second: disk.read.requestsPerSecond, writes_per_second: disk.write.requestsPerSecond,
            read_kib_per_second: disk.read.bytesPerSecond / 1024,
            write_kib_per_second: disk.write.bytesPerSecond / 1024, read_await_ms: disk.read.await,
            write_await_ms: disk.write.await, flush_await_ms: disk.flushAwait ?? 0, queue_size: disk.queueSize,
            busy_ratio: disk.utilization, read_request_kib: disk.read.requestSize / 1024,
            write_request_kib: disk.write.requestSize / 1024)
    }
    for process in window.processes.value?.processes ?? [] where process.cpus > 0 {
        line.process_cpus["\(process.pid)"] = process.cpus
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
