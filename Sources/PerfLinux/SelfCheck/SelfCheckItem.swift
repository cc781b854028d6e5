/// One thing that perfdoctor would like to use, and whether it can here.
package struct SelfCheckItem: Hashable, Sendable, Codable {
    package enum State: String, Sendable, Codable, CaseIterable {
        case ok
        /// It works in part, or something else stands in for it.
        case limited
        case missing
    }

    /// For programs: `"perf.hardware"`.
    package var id: String
    /// For people: `"hardware events"`.
    package var title: String
    package var state: State
    /// What was found: `"perf_event_paranoid is 4"`.
    package var finding: String
    /// What that means for results; `nil` when all is well.
    package var consequence: String?
    /// The command that mends it, or what else can be done; `nil` when nothing has to be.
    package var remedy: String?
    /// Whether perfdoctor can do nothing for anybody without it.
    package var isEssential: Bool

    /// Something that works.
    package static func ok(_ id: String, _ title: String, _ finding: String) -> SelfCheckItem {
        SelfCheckItem(id: id, title: title, state: .ok, finding: finding, isEssential: false)
    }

    /// Something that does not, or not wholly.
    package static func trouble(
        _ state: State, _ id: String, _ title: String, _ finding: String, so consequence: String,
        mend remedy: String?, isEssential: Bool = false
    ) -> SelfCheckItem {
        SelfCheckItem(
            id: id, title: title, state: state, finding: finding, consequence: consequence, remedy: remedy,
            isEssential: isEssential
        )
    }

    private enum CodingKeys: String, CodingKey {
        case id, title, state, finding, consequence, remedy
        case isEssential = "essential"
    }
}
