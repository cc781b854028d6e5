import PerfHost
import PerfModel

/// The numbers of a window as the usual tools print them, under the names of those tools.
struct HostNumbersText {
    let window: HostWindow
    let style: TextStyle

    private static let processLimit = 20

    var lines: [String] {
        let seconds = Quantity.text(window.elapsed.wholeNanoseconds, unit: "ns")
        var lines = ["", style.heading("Numbers over \(seconds), as the tools of sysstat and procps print them")]
        lines += ["", style.faint(MachineNumbers.header), MachineNumbers.line(of: window)]
        lines += part(ProcessorNumbers.header, ProcessorNumbers.lines(of: window), reason(window.cpu))
        lines += part(DeviceNumbers.header, DeviceNumbers.lines(of: window), reason(window.disks))
        lines += part(
            ProcessNumbers.header, ProcessNumbers.lines(of: window, limit: Self.processLimit),
            reason(window.processes))
        return lines
    }

    private func part(_ header: String, _ rows: [String]?, _ reason: String) -> [String] {
        ["", style.faint(header)] + (rows ?? ["-  not seen: \(reason.printable)"])
    }

    private func reason<Value>(_ part: Availability<Value>) -> String {
        if case .unavailable(let reason, _) = part { return reason }
        return ""
    }
}
