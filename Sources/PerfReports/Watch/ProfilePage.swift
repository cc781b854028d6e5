import PerfModel
import PerfProfiles

/// The functions of a profiled process on a watcher's screen.
struct ProfilePage {
    let state: WatchState

    private static let table = NumberTable(
        first: nil, columns: [NumberTable.Column("self", 7), NumberTable.Column("total", 7)],
        lastHeading: "function (module)")

    func lines(rows: Int) -> [ScreenLine] {
        guard let profile = state.profile else { return [] }
        var lines = [
            ScreenLine("\(profile.process) (pid \(profile.pid)): \(profile.amount) of \(profile.what) in 2 s", .strong),
            ScreenLine(),
        ]
        guard !profile.rows.isEmpty else {
            return lines + [ScreenLine("nothing was recorded: it used no \(profile.what) meanwhile", .faint)]
        }
        func percent(_ ratio: Double) -> String { Quantity.fixed(ratio * 100, digits: 1) + "%" }
        lines.append(ScreenLine(Self.table.header, .strong))
        lines += profile.rows.dropFirst(state.scroll).prefix(max(0, rows - lines.count)).map { row in
            let module = row.module.isEmpty ? "" : " (\(row.module))"
            return ScreenLine(Self.table.line([percent(row.own), percent(row.total)], last: row.name + module))
        }
        return lines
    }
}
