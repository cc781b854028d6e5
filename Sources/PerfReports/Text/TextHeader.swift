import PerfModel
import PerfProfiles

/// What was recorded, where, and how.
enum TextHeader {
    /// Pairs of a caption and a text, both printable.
    static func lines(of report: Report) -> [(caption: String, text: String)] {
        let (profile, view) = (report.profile, report.view)
        let extras = profile.extras
        var lines: [(String, String)] = []
        if let target = extras?.target, !target.isEmpty {
            lines.append(("Target", target.printable))
        } else if let main = profile.mappings.first?.file, !main.isEmpty {
            // pprof: the first mapping is the main executable.
            lines.append(("Target", main.printable))
        }
        if let host = extras?.host {
            lines.append(("Host", text(of: host)))
        }
        var recorded: [String] = []
        if profile.startedAt != 0 { recorded.append(Timestamp.text(nanosecondsSince1970: profile.startedAt)) }
        if profile.duration > 0 { recorded.append("for \(Quantity.text(profile.duration, unit: "ns"))") }
        if let extras {
            if !extras.event.isEmpty { recorded.append("event \(extras.event.printable)") }
            if extras.frequencyHz > 0 { recorded.append("\(extras.frequencyHz) Hz") }
        } else if let period = profile.periodType, profile.period > 0 {
            let amount = Quantity.text(profile.period, unit: period.unit)
            recorded.append("one sample per \(amount) of \(period.type.printable)")
        }
        if !recorded.isEmpty { lines.append(("Recorded", recorded.joined(separator: ", "))) }
        lines.append(("Samples", samples(of: report)))
        // Hidden waits for work are told of beside the other waits.
        if !report.filter.options.isEmpty {
            let kept = Quantity.percent(view.total, of: report.unfilteredTotal)
            let options = report.filter.options.joined(separator: " ").printable
            lines.append(("Filter", "\(options) keeps \(kept) of the total"))
        }
        return lines
    }

    /// A machine in one line.
    static func text(of host: HostDescription) -> String {
        let memory = Quantity.text(Int64(clamping: host.memoryBytes), unit: "bytes")
        let cpus = host.cpuCount == 1 ? "1 CPU" : "\(host.cpuCount) CPUs"
        let parts = [host.name, host.os, "Linux \(host.kernel)", host.architecture, "\(cpus) \(host.cpuModel)", memory]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ").printable
    }

    private static func samples(of report: Report) -> String {
        let view = report.view
        let type = view.sampleType
        var text = view.sampleCount.map { "\(Quantity.counted($0, "sample")), " } ?? ""
        let total = Quantity.text(view.total, unit: type.unit)
        text += "\(type.type.printable) \(total)"
        let others = view.profile.sampleTypes.map(\.type).filter { $0 != type.type }
        if !others.isEmpty {
            text += " (or --sample-type \(others.map(\.printable).joined(separator: ", ")))"
        }
        return text
    }
}
