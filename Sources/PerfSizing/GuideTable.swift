/// A table of a guide: rows from small to large, selected by one or more inputs.
package struct GuideTable: Sendable {
    /// What values of one input a row is for.
    struct Band: Hashable, Sendable {
        /// As the guide writes it: `"10-50"`.
        var text: String
        /// Where the row ends; nil for the last row of a table without end.
        var upper: Double?
        /// Whether the end itself belongs to the row.
        var includesUpper = false

        func contains(_ value: Double) -> Bool {
            guard let upper else { return true }
            return value < upper || includesUpper && value == upper
        }
    }

    struct Row: Sendable {
        var bands: [SizingInput: Band]
        /// A name that the guide gives it.
        var name: String?
        var sizes: [SizedQuantity]
        var remedy: SizingRemedy?
    }

    let id: String
    let resource: SizedResource
    let title: String
    let source: SizingSource
    /// The inputs that select a row, in the guide's order.
    let inputs: [SizingInput]
    let rows: [Row]
    var corrections: [SizingRecommendation.Correction] = []
    var notes: [String] = []

    /// Every table with rows.
    static let all: [GuideTable] = [.database, .redis, .applicationServer, .workers, .workload]

    /// The row for some inputs: the larger one where they disagree.
    struct Selection {
        var row: Int
        var selectors: [SizingRecommendation.Selector]
        /// Inputs whose value stands in two rows as the guide writes them, and whether the smaller one has it.
        var onEdge: [(input: SizingInput, isSmaller: Bool)]
        /// Whether inputs select different rows.
        var isContested: Bool

        var isBeyond: Bool { selectors.contains { $0.isBeyond } }
    }

    /// - Returns: nil when none of the table's inputs was given.
    func selection(for given: SizingInputs) -> Selection? {
        var chosen: [Int] = []
        var selection = Selection(row: 0, selectors: [], onEdge: [], isContested: false)
        for input in inputs {
            guard let value = given[input] else { continue }
            let index = rows.firstIndex { $0.bands[input]?.contains(value) ?? false }
            let row = index ?? rows.count - 1
            guard let band = rows[row].bands[input] else { continue }
            chosen.append(row)
            selection.selectors.append(
                SizingRecommendation.Selector(
                    input: input, value: value, row: Self.text(band, of: input), isBeyond: index == nil))
            if isSharedEdge(value, of: input) { selection.onEdge.append((input, band.upper == value)) }
        }
        guard let largest = chosen.max() else { return nil }
        selection.row = largest
        selection.isContested = Set(chosen).count > 1
        return selection
    }

    /// Whether the guide ends one row and begins the next with the same number: `10-50`, `50-200`.
    private func isSharedEdge(_ value: Double, of input: SizingInput) -> Bool {
        zip(rows, rows.dropFirst()).contains { row, next in
            guard let band = row.bands[input], band.upper == value, let following = next.bands[input] else {
                return false
            }
            let ends = band.text.split(separator: "-")
            return ends.count == 2 && ends.last == following.text.split { $0 == "-" || $0 == "+" }.first
        }
    }

    /// A row as the guide's inputs describe it: `"10-50 tenants, 100k-1M events a month"`.
    func text(ofRow index: Int) -> String {
        let bands = inputs.compactMap { input in rows[index].bands[input].map { Self.text($0, of: input) } }
        let text = bands.joined(separator: ", ")
        guard let name = rows[index].name else { return text }
        return "\(name): \(text)"
    }

    private static func text(_ band: Band, of input: SizingInput) -> String {
        switch input {
        case .tenants: "\(band.text) tenants"
        case .events: "\(band.text) events a month"
        case .concurrentJobs: "\(band.text) concurrent jobs"
        case .queueDepth: "queue \(band.text)"
        case .users: "\(band.text) users"
        case .requestsPerSecond: "\(band.text) requests/s"
        case .jobsPerSecond: "\(band.text) jobs/s"
        case .cores: "\(band.text) vCPU"
        }
    }
}
