import PerfModel

/// A `--format` that does not exist.
package struct UnknownFormatError: UserFacingError, Hashable {
    package var id: String
    package var known: [String]

    package init(id: String, known: [String]) {
        self.id = id
        self.known = known
    }

    package var summary: String { "there is no format '\(id.printable)'" }

    package var remedy: String? {
        let list = "known formats: " + known.joined(separator: ", ")
        guard let nearest = NearestName.of(id, among: known) else { return list }
        return "did you mean --format \(nearest)? (\(list))"
    }

    package var exitCode: ExitCode { .usage }
}
