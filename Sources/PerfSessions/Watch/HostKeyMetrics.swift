import PerfHost
import PerfModel
import PerfProbes

/// The two of the guide's key metrics that the host itself tells.
enum HostKeyMetrics {
    static func of(_ window: HostWindow) -> [KeyMetric: Availability<KeyReading>] {
        let cpu = window.cpu.map { usage in
            KeyReading(KeyReading.Figure("", usage.total.busy), note: Quantity.counted(Int64(usage.cpus.count), "CPU"))
        }
        let memory = window.last.memory.flatMap { info -> Availability<KeyReading> in
            guard let total = info.total, let available = info.available, total > 0 else {
                return .unavailable(reason: "/proc/meminfo has no MemAvailable", remedy: "Linux 3.14 has it")
            }
            let used = total > available ? total - available : 0
            // The guide counts megabytes.
            let note =
                "\(Quantity.grouped(Int64(clamping: used >> 20))) of \(Quantity.grouped(Int64(clamping: total >> 20))) MiB"
            return .available(KeyReading(KeyReading.Figure("", Double(used) / Double(total)), note: note))
        }
        return [.cpu: cpu, .memory: memory]
    }
}
