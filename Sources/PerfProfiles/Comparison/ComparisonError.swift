import PerfModel

/// Two profiles that cannot be compared as was asked for.
package enum ComparisonError: UserFacingError, Hashable {
    case noCommonSampleType(before: [String], after: [String])
    case differentUnits(type: String, before: String, after: String)
    /// A profile without a duration, where it is to be divided by it.
    case noDuration(isBefore: Bool)

    package var summary: String {
        switch self {
        case .noCommonSampleType(let before, let after):
            "the two profiles count different things: \(Self.list(before)) before, \(Self.list(after)) after"
        case .differentUnits(let type, let before, let after):
            "'\(type.printable)' is in \(Self.unit(before)) before and in \(Self.unit(after)) after"
        case .noDuration(let isBefore):
            "the profile \(isBefore ? "before" : "after") does not say how long was recorded"
        }
    }

    package var remedy: String? {
        switch self {
        case .noCommonSampleType: "record both with the same clock and event"
        case .differentUnits: "choose another value with --sample-type, or record both with the same tool"
        case .noDuration: "use --normalize total, or --per N with the number of operations"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "nothing" : names.map(\.printable).joined(separator: ", ")
    }

    private static func unit(_ name: String) -> String { name.isEmpty ? "no unit" : name.printable }
}
