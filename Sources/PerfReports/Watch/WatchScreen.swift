import PerfDiagnosis
import PerfHost
import PerfModel
import PerfProfiles

/// A watcher's screen: what to show and how large in, lines out.
package struct WatchScreen {
    let state: WatchState
    let size: ScreenSize
    let usesColor: Bool

    package init(_ state: WatchState, size: ScreenSize, usesColor: Bool) {
        self.state = state
        self.size = size
        self.usesColor = usesColor
    }

    /// As many lines as the screen has rows, none wider than its columns.
    package var lines: [String] {
        guard !size.isTooSmall else {
            let text = "needs \(ScreenSize.smallest.columns) columns and \(ScreenSize.smallest.rows) rows"
            return texts([ScreenLine(text)] + blanks(size.rows - 1))
        }
        var lines = headLines
        let room = size.rows - lines.count - 1
        let body: [ScreenLine] =
            switch state.page {
            case .processes: overview(rows: room)
            case .process(let pid): ProcessPage(state: state, size: size).lines(of: pid, rows: room)
            case .profile: ProfilePage(state: state).lines(rows: room)
            case .help: Array((WatchHelp.lines + blanks(room)).prefix(room))
            }
        lines += body.prefix(room)
        lines += blanks(room - body.count)
        return texts(lines + [footer])
    }

    private func texts(_ lines: [ScreenLine]) -> [String] {
        lines.prefix(max(0, size.rows)).map { $0.text(width: size.columns, usesColor: usesColor) }
    }

    private func blanks(_ count: Int) -> [ScreenLine] {
        [ScreenLine](repeating: ScreenLine(), count: max(0, count))
    }

    // MARK: head and foot

    /// The verdict in two lines, and one with how sure it is, of what, and when.
    private var headLines: [ScreenLine] {
        guard let moment = state.moment else {
            return [ScreenLine("… watching, the first window ends soon", .strong), ScreenLine(), statusLine]
        }
        let count = moment.observation.parts.count
        guard count >= HostObservation.fewestParts else {
            let text =
                "… no verdict yet: it takes \(HostObservation.fewestParts) windows, "
                + "\(count) \(count == 1 ? "has" : "have") passed"
            return [ScreenLine(text, .strong), ScreenLine(), statusLine]
        }
        var wrapped = TextWrap.lines(moment.diagnosis.verdict.summary.printable, width: size.columns)
        if wrapped.count > 2 { wrapped = [wrapped[0], wrapped.dropFirst().joined(separator: " ")] }
        if wrapped.count < 2 { wrapped.append("") }
        return wrapped.map { ScreenLine($0, .strong) } + [statusLine]
    }

    private var statusLine: ScreenLine {
        var line = ScreenLine()
        if state.isPaused {
            let since = state.missed == 0 ? "" : " since \(Quantity.counted(Int64(state.missed), "window"))"
            line.add("PAUSED\(since), p goes on", .warning)
            line.add("  ")
        }
        if let moment = state.moment, moment.observation.parts.count >= HostObservation.fewestParts {
            let count = moment.observation.parts.count
            line.add(
                "\(moment.diagnosis.verdict.confidence.rawValue) confidence, \(count) windows of "
                    + "\(WatchText.seconds(state.interval))", .faint)
        } else {
            line.add("windows of \(WatchText.seconds(state.interval))", .faint)
        }
        let subject = state.moment?.observation.target.map { pid in
            "\(state.moment?.observation.last.name(ofProcess: pid) ?? "process") (pid \(pid)) on "
        }
        if let moment = state.moment { line.add("  \(WatchText.clock(moment.at))", .faint) }
        line.add("  \(subject ?? "")\(state.hostName)", .faint)
        return line
    }

    private var footer: ScreenLine {
        if !state.message.isEmpty { return ScreenLine(state.message, .warning) }
        if let profiling = state.profiling { return ScreenLine("profiling \(profiling) for two seconds…", .warning) }
        return switch state.page {
        case .processes:
            ScreenLine("q quit  ? help  Enter open  d profile  S save  p pause  sort: c m i f w", .faint)
        case .process: ScreenLine("Esc back  d profile  j k scroll  S save  p pause  ? help  q quit", .faint)
        case .profile: ScreenLine("Esc back  j k scroll  q quit", .faint)
        case .help: ScreenLine("Esc back  q quit", .faint)
        }
    }

    // MARK: overview

    private func overview(rows: Int) -> [ScreenLine] {
        let keyMetrics = state.moment?.keyMetrics ?? []
        var lines = KeyMetricPart(states: keyMetrics, columns: size.columns).lines
        lines += WatchGauges(state: state, columns: size.columns, hasKeyMetrics: !keyMetrics.isEmpty).lines
        // The same number always, so that the table does not jump.
        let room = size.rows >= 36 ? 5 : size.rows >= 20 ? 3 : 1
        lines += findings(atMost: room)
        return lines + ProcessTablePart(state: state, columns: size.columns).lines(rows: rows - lines.count)
    }

    private func findings(atMost room: Int) -> [ScreenLine] {
        let found = (state.moment?.diagnosis.findings ?? []).filter { $0.severity >= .warning }
        guard !found.isEmpty else {
            let text = state.moment == nil ? "" : "no check found anything wrong"
            return [ScreenLine(text, .faint)] + blanks(room - 1)
        }
        var lines = found.prefix(found.count > room ? room - 1 : room).map { finding in
            var line = ScreenLine(
                finding.severity.rawValue.padded(to: 8), finding.severity == .critical ? .critical : .warning)
            line.add("  \(finding.id.padded(to: 11)) \(finding.summary)")
            return line
        }
        if found.count > room {
            let rest = found.dropFirst(room - 1)
            lines.append(
                ScreenLine("and \(rest.count) more: \(rest.map(\.id).joined(separator: ", "))", .faint))
        }
        return lines + blanks(room - lines.count)
    }
}
