import PerfHost
import PerfModel
import PerfProfiles

/// One process of a watcher's screen: what it is, what its threads do with their time, and each of them.
struct ProcessPage {
    let state: WatchState
    let size: ScreenSize

    private static let threads = NumberTable(
        first: nil,
        columns: [
            ("TID", 7), ("%run", 6), ("%wait", 6), ("%block", 6), ("waits for", 9), ("slices/s", 8), ("majflt/s", 8),
        ].map { NumberTable.Column($0.0, $0.1) }, lastHeading: "name, kernel function")

    func lines(of pid: Int32, rows: Int) -> [ScreenLine] {
        guard let moment = state.moment else { return [] }
        guard let process = moment.window.processes.value?[pid] else {
            return [ScreenLine("process \(pid) has ended", .warning)]
        }
        var lines = head(of: process, in: moment)
        let account = TimeAccount(moment.observation)?.processes.first { $0.pid == pid }
        guard let account, !process.threads.isEmpty else {
            lines += [
                ScreenLine(),
                ScreenLine("it is looked at closely from now on: its threads stand here after two windows", .faint),
            ]
            return lines
        }
        lines += budget(of: account)
        lines += [ScreenLine(), ScreenLine(Self.threads.header, .strong)]
        let looks = latestLooks(of: pid, in: moment)
        let room = max(0, rows - lines.count)
        lines += sorted(process, account).dropFirst(state.scroll).prefix(room).map { rates, time in
            ScreenLine(line(of: rates, time, looks[rates.tid], in: moment))
        }
        return lines
    }

    private func head(of process: ProcessRates, in moment: WatchState.Moment) -> [ScreenLine] {
        let detail = moment.window.last.processes.value?.details[process.pid]
        var first = ScreenLine("\(process.name) (pid \(process.pid), state \(process.state))", .strong)
        if let line = detail?.commandLine, !line.isEmpty { first.add("  \(line.joined(separator: " "))") }
        var facts: [String] = []
        facts.append("CPU \(Quantity.fixed(process.cpus * 100, digits: 1))%")
        if let resident = moment.window.last.residentBytes(ofProcess: process.pid) {
            facts.append("RSS \(WatchText.bytes(Double(resident)))")
        }
        if let swap = detail?.memory["VmSwap"], swap > 0 { facts.append("swap \(WatchText.bytes(Double(swap)))") }
        facts.append(Quantity.counted(Int64(process.threadCount), "thread"))
        if let read = process.readBytesPerSecond, let written = process.writtenBytesPerSecond {
            facts.append("reads \(WatchText.bytes(read))/s, writes \(WatchText.bytes(written))/s")
        }
        if let descriptors = detail?.descriptors.value {
            facts.append("\(descriptors.total) descriptors")
        }
        if let user = detail?.user { facts.append("user \(user)") }
        if let cgroup = detail?.cgroup, cgroup != "/" { facts.append("cgroup \(cgroup)") }
        return [first]
            + TextWrap.lines(facts.joined(separator: ", "), width: size.columns).prefix(2).map { ScreenLine($0) }
    }

    /// Where the time of its threads goes, work alone; each part a line with a bar.
    private func budget(of account: TimeAccount.Process) -> [ScreenLine] {
        let reasons = TimeBudget.reasons.filter { ![.sleep, .idle, .unknown].contains($0) }
        var parts: [(String, Double)] = [("on a CPU", account.onCPU), ("ready, without a CPU", account.runnable)]
        parts += reasons.map { ("waiting: \($0.rawValue)", account[$0]) }
        let active = parts.reduce(0) { $0 + $1.1 }
        let all = Double(max(1, account.threads.count))
        var lines = [
            ScreenLine(),
            ScreenLine(
                "Time of \(Quantity.counted(Int64(account.threads.count), "thread")): "
                    + "\(Quantity.fixed(active / all * 100, digits: 1))% of it active", .strong),
        ]
        guard active > 0.001 else { return lines }
        for (name, part) in parts where part / active >= 0.005 {
            let bar = String(repeating: "█", count: Int((part / active * 30).rounded()))
            lines.append(
                ScreenLine(
                    "\((Quantity.fixed(part / active * 100, digits: 1) + "%").leftPadded(to: 6))  "
                        + "\(name.padded(to: 20))  \(bar)"))
        }
        let unknown = account[.unknown]
        if unknown / all >= 0.05 {
            let percent = Quantity.fixed(unknown / all * 100, digits: 0)
            lines.append(ScreenLine("beside it \(percent)% of all time is waits that could not be seen", .faint))
        }
        return lines
    }

    private func sorted(
        _ process: ProcessRates, _ account: TimeAccount.Process
    ) -> [(rates: ThreadRates, time: ThreadTime?)] {
        var times: [Int32: ThreadTime] = [:]
        for time in account.threads { times[time.tid] = time }
        func key(_ rates: ThreadRates) -> (Double, Double) {
            switch state.order {
            case .waits: (rates.wait ?? 0, rates.run)
            case .faults: (Double(rates.majorFaults), rates.run)
            case .cpu, .memory, .io: (rates.run, rates.wait ?? 0)
            }
        }
        return process.threads.sorted { left, right in
            let (leftKey, rightKey) = (key(left), key(right))
            return leftKey != rightKey ? leftKey > rightKey : left.tid < right.tid
        }.map { ($0, times[$0.tid]) }
    }

    private func latestLooks(of pid: Int32, in moment: WatchState.Moment) -> [Int32: ThreadLook] {
        var result: [Int32: ThreadLook] = [:]
        for look in moment.window.looks {
            for thread in look.threads where thread.pid == pid { result[thread.tid] = thread }
        }
        return result
    }

    private func line(
        of rates: ThreadRates, _ time: ThreadTime?, _ look: ThreadLook?, in moment: WatchState.Moment
    ) -> String {
        func percent(_ ratio: Double?) -> String? { ratio.map { Quantity.fixed($0 * 100, digits: 1) } }
        let most = time?.blocked.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }
        var last = rates.name.printable
        switch look?.activity {
        case .waiting(_, let function, _) where !function.isEmpty: last += "  \(function.printable)"
        case .stopped: last += "  stopped"
        case .hidden: last += "  hidden: run as root, or as its user"
        default: break
        }
        return Self.threads.line(
            [
                String(rates.tid), percent(rates.run), percent(rates.wait),
                percent(time.map { $0.blocked.values.reduce(0, +) }),
                most.flatMap { $0.value >= 0.005 ? $0.key.rawValue : nil },
                NumberTable.whole(rates.timeslicesPerSecond),
                NumberTable.whole(Double(rates.majorFaults) / moment.window.elapsedSeconds),
            ], last: last)
    }
}
