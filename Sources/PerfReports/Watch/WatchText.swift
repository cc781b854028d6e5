import PerfDiagnosis
import PerfHost
import PerfModel

/// What a watcher prints for each window where there is no screen.
package struct WatchText {
    private let style: TextStyle
    private var count = 0

    /// Headings come again after so many windows.
    private static let headingInterval = 10
    private static let processLimit = 10
    /// Of key metrics: wide enough for what is known of each.
    private static let columns = 160

    package init(usesColor: Bool) {
        style = TextStyle(usesColor: usesColor)
    }

    /// The lines of the next window.
    package mutating func lines(of moment: WatchState.Moment) -> [String] {
        let hasHeadings = count % Self.headingInterval == 0
        defer { count += 1 }
        var lines = count == 0 ? [] : [""]
        lines.append(style.verdict("\(Self.clock(moment.at))  \(Self.verdict(of: moment))"))
        func part(_ header: String, _ rows: [String]) {
            guard !rows.isEmpty else { return }
            if hasHeadings { lines.append(style.faint(header)) }
            lines += rows
        }
        part(
            "Key metrics, with a line over the last minute",
            KeyMetricPart(states: moment.keyMetrics, columns: Self.columns).lines.map {
                $0.text(width: Self.columns, usesColor: style.usesColor)
            })
        part(MachineNumbers.header, [MachineNumbers.line(of: moment.window)])
        part(DeviceNumbers.header, DeviceNumbers.lines(of: moment.window) ?? [])
        part(
            ProcessNumbers.header,
            ProcessNumbers.lines(
                of: moment.window, limit: Self.processLimit, where: moment.observation.isOfTarget) ?? [])
        return lines
    }

    private static func verdict(of moment: WatchState.Moment) -> String {
        let count = moment.observation.parts.count
        guard count >= HostObservation.fewestParts else {
            return "… window \(count) of \(HostObservation.fewestParts) that a verdict takes"
        }
        let verdict = moment.diagnosis.verdict
        return "\(verdict.summary.printable). Confidence \(verdict.confidence.rawValue)."
    }

    /// `"23:41:07 UTC"`.
    static func clock(_ nanosecondsSince1970: Int64) -> String {
        Timestamp.text(nanosecondsSince1970: nanosecondsSince1970).split(separator: " ").dropFirst()
            .joined(separator: " ")
    }

    /// `"2 s"`, `"0.5 s"`.
    static func seconds(_ seconds: Double) -> String {
        "\(Quantity.fixed(seconds, digits: seconds == seconds.rounded() ? 0 : 1)) s"
    }

    /// `"3.21 MiB"`.
    static func bytes(_ bytes: Double) -> String {
        Quantity.text(Int64(max(0, min(bytes.isNaN ? 0 : bytes, 1e18))), unit: "bytes")
    }

    /// In five columns at most: `"0"`, `"812"`, `"1.2M"`, `"1023G"`; binary multiples.
    static func short(_ bytes: Double) -> String {
        var value = max(0, min(bytes.isNaN ? 0 : bytes, 1e18))
        for unit in ["", "K", "M", "G", "T"] {
            if value < 999.5 || unit == "T" {
                let digits = unit.isEmpty || value >= 99.95 ? 0 : 1
                return Quantity.fixed(value, digits: digits) + unit
            }
            value /= 1024
        }
        return "-"
    }
}
