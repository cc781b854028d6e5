import PerfModel

/// A question that a profile cannot answer, or that is not a question.
package enum ViewError: UserFacingError, Hashable {
    /// A regular expression that does not parse; `position` counts characters from 0.
    case badPattern(option: String, pattern: String, position: Int?, reason: String)
    /// A dimension for which no sample carries a label.
    case missingDimension(String, available: [String])
    case unknownSampleType(String, available: [String])
    /// A part of the time that is not written as one.
    case badWindow(String, reason: String)
    /// A part of the time in which nothing was recorded; `range` is what was, in nanoseconds.
    case windowOutside(String, range: Range<Int64>)
    /// A profile that does not say when its samples were taken.
    case noTimeline
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
        case .badWindow(let text, let reason):
            return "--time '\(text.printable)' is not a part of a recording: \(reason)"
        case .windowOutside(let text, let range):
            return "--time \(text.printable) lies outside of this recording, which has "
                + "\(Self.seconds(range.lowerBound)) to \(Self.seconds(range.upperBound))"
        case .noTimeline:
            return "this profile does not say when its samples were taken, so --time cannot cut it"
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
        case .badWindow:
            "use --time A,B in seconds or with a unit: --time 2.5,3 or --time 500ms,1s or --time ,3s"
        case .windowOutside(_, let range):
            "use --time \(Self.seconds(range.lowerBound)),\(Self.seconds(range.upperBound)) or a part of it"
        case .noTimeline:
            "record with times: perfdoctor record --timeline"
        case .noSampleTypes:
            "record again, or check that the other tool wrote a complete profile"
        }
    }

    /// `"2.5s"`, to the microsecond.
    private static func seconds(_ nanoseconds: Int64) -> String {
        let microseconds = max(nanoseconds, 0) / 1000
        let fraction = String(String(1_000_000 + microseconds % 1_000_000).dropFirst())
        let digits = fraction.prefix(fraction.count - fraction.reversed().prefix { $0 == "0" }.count)
        return "\(microseconds / 1_000_000)\(digits.isEmpty ? "" : ".\(digits)")s"
    }

    /// `"a, b or c"`.
    private static func alternatives(_ names: [String]) -> String {
        let names = names.map(\.printable)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " or " + last
    }

    package var exitCode: ExitCode {
        switch self {
        case .badPattern, .missingDimension, .unknownSampleType, .badWindow, .windowOutside: .usage
        case .noTimeline, .noSampleTypes: .failure
        }
    }
}
