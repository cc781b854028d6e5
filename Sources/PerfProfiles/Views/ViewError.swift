import PerfModel

/// A question that a profile cannot answer, or that is not a question.
package enum ViewError: UserFacingError, Hashable {
    /// A regular expression that does not parse; `position` counts characters from 0.
    case badPattern(option: String, pattern: String, position: Int?, reason: String)
    /// A dimension for which no sample carries a label.
    case missingDimension(String, available: [String])
    case unknownSampleType(String, available: [String])
    /// A profile without any sample type: there is nothing to count.
    case noSampleTypes

    package var summary: String {
        switch self {
        case .badPattern(let option, let pattern, let position, let reason):
            let shown = pattern.printable
            guard let position else { return "\(option) '\(shown)' is not a regular expression: \(reason)" }
            let before = String(pattern.prefix(position)).printable
            let indent = String(repeating: " ", count: before.displayWidth + 4)
            return "\(option) is not a regular expression: \(reason) at character \(position + 1)\n"
                + "    \(shown)\n\(indent)^"
        case .missingDimension(let name, _):
            return "no sample of this profile says which \(name.printable) it belongs to"
        case .unknownSampleType(let name, _):
            return "this profile has no sample type '\(name.printable)'"
        case .noSampleTypes:
            return "this profile has no sample types, so there is nothing to count"
        }
    }

    package var remedy: String? {
        switch self {
        case .badPattern:
            "correct the pattern; a literal ( [ * + ? . or \\ needs a backslash before it"
        case .missingDimension(_, let available):
            "use --by " + Self.alternatives(available)
        case .unknownSampleType(_, let available):
            "use --sample-type " + Self.alternatives(available)
        case .noSampleTypes:
            "record again, or check that the other tool wrote a complete profile"
        }
    }

    /// `"a, b or c"`.
    private static func alternatives(_ names: [String]) -> String {
        let names = names.map(\.printable)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }

    package var exitCode: ExitCode {
        switch self {
        case .badPattern, .missingDimension, .unknownSampleType: .usage
        case .noSampleTypes: .failure
        }
    }
}
