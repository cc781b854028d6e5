import PerfHost
import PerfModel
import PerfProfiles

/// The table of processes on a watcher's screen.
struct ProcessTablePart {
    let state: WatchState
    let columns: Int

    private struct Column {
        var heading: String
        var width: Int
        var order: ProcessOrder?
        var cell: (ProcessRates) -> String?
    }

    func lines(rows: Int) -> [ScreenLine] {
        guard rows > 0, let moment = state.moment else { return [] }
        guard case .available = moment.window.processes else {
            var reason = ""
            if case .unavailable(let text, _) = moment.window.processes { reason = text }
            return [ScreenLine("processes are not seen: \(reason)", .warning)]
        }
        let chosen = columns(of: moment)
        let processes = state.rows
        let index = state.selectedIndex(in: processes)
        let room = rows - 1
        let first = max(0, index - room + 1)
        var lines = [ScreenLine(header(chosen), .strong)]
        for (offset, process) in processes.dropFirst(first).prefix(room).enumerated() {
            let isSelected = first + offset == index
            var text = isSelected ? ">" : " "
            for column in chosen { text += (column.cell(process) ?? "-").leftPadded(to: column.width) + " " }
            text += process.name.printable
            if columns >= 100, let arguments = arguments(of: process, in: moment) { text += "  \(arguments)" }
            lines.append(ScreenLine(text, isSelected ? .selected : .plain))
        }
        return lines
    }

    private func header(_ columns: [Column]) -> String {
        let cells = columns.map { column in
            let heading = column.order == state.order ? "↓\(column.heading)" : column.heading
            return heading.leftPadded(to: column.width)
        }
        return " \(cells.joined(separator: " ")) name"
    }

    /// Arguments behind the program's name, for those that were looked at closely.
    private func arguments(of process: ProcessRates, in moment: WatchState.Moment) -> String? {
        let line = moment.window.last.processes.value?.details[process.pid]?.commandLine ?? []
        let text = line.dropFirst().joined(separator: " ").printable
        return text.isEmpty ? nil : text
    }

    private func columns(of moment: WatchState.Moment) -> [Column] {
        let account = TimeAccount(moment.observation)
        var waits: [Int32: String] = [:]
        for process in account?.processes ?? [] {
            if let reason = process.mainWait { waits[process.pid] = reason }
        }
        func percent(_ ratio: Double?) -> String? { ratio.map { Quantity.fixed($0 * 100, digits: 1) } }
        var columns = [
            Column(heading: "PID", width: 7) { String($0.pid) },
            Column(heading: "%CPU", width: 5, order: .cpu) { percent($0.cpus) },
            Column(heading: "%wait", width: 6, order: .waits) { percent($0.waiting) },
            Column(heading: "majf", width: 6, order: .faults) { NumberTable.whole($0.majorFaultsPerSecond) },
            Column(heading: "RSS", width: 6, order: .memory) {
                moment.window.last.residentBytes(ofProcess: $0.pid).map { WatchText.short(Double($0)) }
            },
            Column(heading: "rd/s", width: 6, order: .io) { $0.readBytesPerSecond.map(WatchText.short) },
            Column(heading: "wr/s", width: 6) { $0.writtenBytesPerSecond.map(WatchText.short) },
            Column(heading: "thr", width: 3) { String($0.threadCount) },
            Column(heading: "waits for", width: 9) { waits[$0.pid] },
        ]
        if self.columns >= 100 {
            columns.insert(Column(heading: "minf", width: 7) { NumberTable.whole($0.minorFaultsPerSecond) }, at: 4)
            columns.insert(
                Column(heading: "cs/s", width: 7) { process in
                    guard let voluntary = process.voluntarySwitchesPerSecond else { return nil }
                    return NumberTable.whole(voluntary + (process.involuntarySwitchesPerSecond ?? 0))
                }, at: 8)
            columns.insert(Column(heading: "S", width: 1) { String($0.state) }, at: 1)
        }
        return columns
    }
}

extension TimeAccount.Process {
    /// What its threads wait for most, a CPU included; nil where they hardly wait for anything but work.
    var mainWait: String? {
        let reasons: [WaitReason] = [.disk, .memory, .lock, .database, .cache, .network]
        var parts = reasons.map { ($0.rawValue, self[$0]) }
        parts.append(("a CPU", runnable))
        guard let most = parts.max(by: { $0.1 < $1.1 }), most.1 >= 0.05 else { return nil }
        return most.0
    }
}
