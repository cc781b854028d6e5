/// What somebody probably meant.
package enum NearestName {
    /// The known name with the fewest edits from `name`; nil when none is close.
    package static func of(_ name: String, among known: [String]) -> String? {
        // Nobody types a name this long by mistake; the distance is quadratic.
        guard name.utf8.count <= 64 else { return nil }
        let lowered = name.lowercased()
        let ranked = known.map { (name: $0, distance: distance(lowered, $0.lowercased())) }
        guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
        return best.distance <= max(1, best.name.count / 2) ? best.name : nil
    }

    /// Levenshtein distance.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substituted = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
