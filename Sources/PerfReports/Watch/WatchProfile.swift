import PerfDiagnosis
import PerfModel
import PerfProfiles

/// The functions of a process, as a watcher shows them.
package struct WatchProfile: Sendable {
    package struct Row: Hashable, Sendable {
        /// Of all that was recorded, 0...1.
        package var own: Double
        package var total: Double
        package var name: String
        package var module: String
    }

    package let pid: Int32
    package let process: String
    /// `"CPU time"`, `"waits"`.
    package let what: String
    /// Summed over threads, for people.
    package let amount: String
    package let rows: [Row]

    private static let limit = 200

    /// - Throws: when the profile has no functions to sum up by.
    package init(_ profile: Profile, request: DrillDownRequest) throws {
        pid = request.pid
        process = request.process
        if case .offCPU = request.clock { what = "waits" } else { what = "CPU time" }
        let index = profile.sampleTypes.firstIndex { $0.type == profile.defaultSampleType } ?? 0
        guard profile.sampleTypes.indices.contains(index) else {
            (amount, rows) = ("nothing", [])
            return
        }
        let view = try ProfileView(profile, valueIndex: index)
        amount = Quantity.text(view.total, unit: view.sampleType.unit)
        let whole = Double(view.magnitude)
        rows =
            whole == 0
            ? []
            : FrameTable(view).rows.prefix(Self.limit).map { row in
                let frame = view.frames[row.frame]
                return Row(
                    own: Double(row.selfValue) / whole, total: Double(row.total) / whole,
                    name: ReadableName.of(frame.name.printable), module: frame.module.lastPathComponent.printable)
            }
    }

    /// For tests.
    init(pid: Int32, process: String, what: String, amount: String, rows: [Row]) {
        self.pid = pid
        self.process = process
        self.what = what
        self.amount = amount
        self.rows = rows
    }
}
