import PerfHost
import PerfModel
import PerfProfiles

/// The five resources of a host: how much of each is used now, over the last minute, and by what.
struct WatchGauges {
    let state: WatchState
    let columns: Int
    /// CPU and memory are among the key metrics, and are not shown twice.
    var hasKeyMetrics = false

    private struct Gauge {
        var name: String
        /// Nil where it was not seen.
        var value: String?
        var ratio: Double?
        /// The most that a line over time can show; 0 for what it has shown.
        var top = 1.0
        var history: [Double?]
        /// What fits is shown, from the first on.
        var details: [String]
    }

    private var sparkWidth: Int { min(state.sampleCount, columns >= 110 ? 60 : columns >= 70 ? 30 : 10) }

    var lines: [ScreenLine] {
        guard let window = state.moment?.window else {
            return ["CPU", "Memory", "Disk", "Network", "Stalls"].map { ScreenLine("\($0.padded(to: 8))    -") }
        }
        let first = hasKeyMetrics ? [] : [cpu(window), memory(window)]
        return (first + [disk(window), network(window), stalls(window)]).map(line)
    }

    private func line(of gauge: Gauge) -> ScreenLine {
        var line = ScreenLine(gauge.name.padded(to: 8), .strong)
        let look: ScreenLine.Look =
            switch gauge.ratio ?? 0 {
            case 0.9...: .critical
            case 0.6..<0.9: .warning
            default: .plain
            }
        line.add((gauge.value ?? "-").leftPadded(to: 6), look)
        line.add(" \(Sparkline.text(gauge.history, width: sparkWidth, top: gauge.top)) ", look)
        var text = ""
        for detail in gauge.details {
            let longer = text.isEmpty ? detail : "\(text), \(detail)"
            guard line.width + 1 + longer.displayWidth <= columns || text.isEmpty else { break }
            text = longer
        }
        line.add(" \(text)", .faint)
        return line
    }

    private func percent(_ ratio: Double?) -> String? { ratio.map { Quantity.fixed($0 * 100, digits: 0) + "%" } }

    private func cpu(_ window: HostWindow) -> Gauge {
        var details: [String] = []
        if let usage = window.cpu.value {
            func part(_ name: String, _ share: Double) -> String {
                "\(name) \(Quantity.fixed(share * 100, digits: 0))"
            }
            let total = usage.total
            details.append(
                [
                    part("us", total.user + total.nice), part("sy", total.system + total.irq + total.softirq),
                    part("wa", total.iowait), part("st", total.steal),
                ].joined(separator: " "))
            details.append("\(usage.cpus.count) CPU\(usage.cpus.count == 1 ? "" : "s")")
            if let switches = usage.contextSwitches {
                let rate = Int64(Double(switches) / window.elapsedSeconds)
                details.append("\(Quantity.grouped(rate)) switches/s")
            }
        }
        if let runnable = window.last.cpu.value?.runnable { details.append("\(runnable) runnable") }
        let busy = window.cpu.value?.total.busy
        return Gauge(
            name: "CPU", value: percent(busy), ratio: busy, history: state.samples.map(\.cpu), details: details)
    }

    private func memory(_ window: HostWindow) -> Gauge {
        let used = state.samples.last?.memory
        var details: [String] = []
        let info = window.last.memory.value
        if let total = info?.total, let available = info?.available {
            let taken = WatchText.bytes(Double(total >= available ? total - available : 0))
            details.append("\(taken) of \(WatchText.bytes(Double(total)))")
        }
        let page = Double(window.last.pageSize)
        let into = (window.virtualMemory.value?.perSecond("pswpin") ?? 0) * page
        let out = (window.virtualMemory.value?.perSecond("pswpout") ?? 0) * page
        if into + out >= 1 {
            details.append("swaps in \(WatchText.bytes(into))/s out \(WatchText.bytes(out))/s")
        } else if let total = info?.swapTotal, let free = info?.swapFree, total > 0, total >= free {
            details.append("swap \(WatchText.bytes(Double(total - free))) of \(WatchText.bytes(Double(total)))")
        }
        if let faults = window.virtualMemory.value?.perSecond("pgmajfault") {
            details.append("\(Quantity.grouped(Int64(faults))) major faults/s")
        }
        return Gauge(
            name: "Memory", value: percent(used), ratio: used, history: state.samples.map(\.memory), details: details)
    }

    private func disk(_ window: HostWindow) -> Gauge {
        var details: [String] = []
        let disk = window.busiestDisk
        if let disk {
            let bytes = disk.read.bytesPerSecond + disk.write.bytesPerSecond
            func rate(_ requests: Double) -> String { Quantity.grouped(Int64(requests.rounded())) }
            details.append(
                "\(disk.name) r \(rate(disk.read.requestsPerSecond)) w \(rate(disk.write.requestsPerSecond))/s")
            details.append("\(Quantity.fixed(disk.await, digits: 1)) ms")
            details.append("\(WatchText.bytes(bytes))/s")
            details.append("queue \(Quantity.fixed(disk.queueSize, digits: 1))")
        }
        return Gauge(
            name: "Disk", value: percent(disk?.utilization), ratio: disk?.utilization,
            history: state.samples.map(\.disk), details: details)
    }

    private func network(_ window: HostWindow) -> Gauge {
        let interfaces = window.outsideInterfaces
        var details: [String] = []
        var ratio: Double?
        if let interfaces {
            func sum(_ field: (InterfaceRates) -> Double) -> String {
                WatchText.bytes(interfaces.reduce(0) { $0 + field($1) })
            }
            details.append("in \(sum(\.received.bytesPerSecond))/s out \(sum(\.sent.bytesPerSecond))/s")
            ratio = interfaces.compactMap(\.utilization).max()
            if let ratio { details.append("\(Quantity.fixed(ratio * 100, digits: 0))% of its speed") }
            let packets = interfaces.reduce(0) { $0 + $1.received.packetsPerSecond + $1.sent.packetsPerSecond }
            if let resent = window.protocols.value?.perSecond("Tcp.RetransSegs") {
                details.append("\(Quantity.grouped(Int64(resent.rounded()))) resent/s")
            }
            details.append("\(Quantity.grouped(Int64(packets.rounded()))) packets/s")
        }
        return Gauge(
            name: "Network", value: state.samples.last?.networkBytes.map(WatchText.short), ratio: ratio, top: 0,
            history: state.samples.map(\.networkBytes), details: details)
    }

    private func stalls(_ window: HostWindow) -> Gauge {
        var details: [String] = []
        if let pressure = HostObservation.pressure(of: window).value {
            details.append(
                [("cpu", pressure.cpu), ("mem", pressure.memory), ("io", pressure.io)].map { name, value in
                    "\(name) \(percent(value?.some) ?? "-")"
                }.joined(separator: " "))
            details.append("memory full \(percent(pressure.memory?.full) ?? "-")")
            details.append("io full \(percent(pressure.io?.full) ?? "-")")
        } else if case .unavailable(let reason, _) = HostObservation.pressure(of: window) {
            details.append(reason)
        }
        let worst = state.samples.last?.stalls
        return Gauge(
            name: "Stalls", value: percent(worst), ratio: worst, history: state.samples.map(\.stalls),
            details: details)
    }
}
