import PerfHost
import PerfModel

/// What one window adds to the lines over time; nil where it was not seen.
package struct WatchSample: Hashable, Sendable {
    /// Ratios, 0...1.
    package var cpu: Double?
    package var memory: Double?
    /// Of the busiest disk.
    package var disk: Double?
    /// Bytes a second in both directions, loopback left out.
    package var networkBytes: Double?
    /// The worst of CPU, memory and I/O.
    package var stalls: Double?

    package init(_ window: HostWindow) {
        cpu = window.cpu.value?.total.busy
        if let total = window.last.memory.value?.total, let available = window.last.memory.value?.available, total > 0 {
            memory = max(0, 1 - Double(available) / Double(total))
        }
        disk = window.busiestDisk?.utilization
        if let interfaces = window.outsideInterfaces {
            networkBytes = interfaces.reduce(0) { $0 + $1.received.bytesPerSecond + $1.sent.bytesPerSecond }
        }
        if let pressure = HostObservation.pressure(of: window).value {
            stalls = [pressure.cpu, pressure.memory, pressure.io].compactMap { $0?.some }.max()
        }
    }
}

extension HostWindow {
    /// The disk with most of its time in use; nil where there is none or it is not seen.
    var busiestDisk: DiskRates? {
        disks.value?.filter { !$0.isPartition }.max {
            ($0.utilization, Double($0.requests), $1.name) < ($1.utilization, Double($1.requests), $0.name)
        }
    }

    /// All but loopback; nil where interfaces are not seen.
    var outsideInterfaces: [InterfaceRates]? { interfaces.value?.filter { $0.name != "lo" } }
}
