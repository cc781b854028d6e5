/// Where something that was read is not as it should be.
package struct ReadingProblem: Error, Hashable, Sendable {
    /// `"results.0.median"`, `"line 3, column 7"`; empty for the whole.
    package var place: String
    /// What is wrong there.
    package var reason: String

    package init(place: String, reason: String) {
        self.place = place
        self.reason = reason
    }

    /// For people; names are made printable.
    package var text: String { (place.isEmpty ? reason : "\(place): \(reason)").printable }
}
