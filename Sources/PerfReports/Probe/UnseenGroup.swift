import PerfModel

/// Checks that are blind for one reason: one entry of a report.
struct UnseenGroup {
    var ids: [String]
    var reason: String
    /// Empty where nothing makes it visible.
    var remedy: String

    static func all(of unmeasured: [Unmeasured]) -> [UnseenGroup] {
        var groups: [UnseenGroup] = []
        for one in unmeasured {
            if let index = groups.firstIndex(where: { $0.reason == one.reason && $0.remedy == one.remedy }) {
                if !groups[index].ids.contains(one.id) { groups[index].ids.append(one.id) }
            } else {
                groups.append(UnseenGroup(ids: [one.id], reason: one.reason, remedy: one.remedy))
            }
        }
        return groups
    }
}
