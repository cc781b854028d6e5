import PerfModel

/// A result that sizes cannot follow from.
package enum MeasurementError: UserFacingError, Hashable {
    case notJSON(file: String, reason: String)
    case noSchema(file: String)
    case unknownKind(file: String, kind: String)
    case unknownVersion(file: String, schema: String)
    /// A field has another type than the contract says.
    case malformed(file: String, kind: String, reason: String)
    /// Neither a rate nor a time, nor a time budget.
    case nothingMeasured(file: String, kind: String)

    /// Kinds that may hold rates.
    static let kinds = ["diagnosis", "probe", "benchmark"]

    package var summary: String {
        switch self {
        case .notJSON(let file, let reason): "\(file.printable) is not JSON: \(reason.printable)"
        case .noSchema(let file): "\(file.printable) is no document of perfdoctor: it has no schema"
        case .unknownKind(let file, let kind):
            "\(file.printable) is a document of kind '\(kind.printable)', from which no sizes follow"
        case .unknownVersion(let file, let schema):
            "\(file.printable) has the schema '\(schema.printable)', which this version does not know"
        case .malformed(let file, let kind, let reason):
            "\(file.printable) is no valid document of kind '\(kind.printable)': \(reason.printable)"
        case .nothingMeasured(let file, let kind):
            "\(file.printable) (\(kind.printable)) has neither a rate nor a service time nor a time budget to size from"
        }
    }

    package var remedy: String? {
        switch self {
        case .notJSON, .noSchema, .unknownKind:
            "name a document of one of the kinds \(Self.kinds.joined(separator: ", ")), in JSON"
        case .unknownVersion: "read it with the version of perfdoctor that wrote it, or a later one"
        case .malformed: "write it again with this version of perfdoctor"
        case .nothingMeasured: "size from numbers that you know: perfdoctor size --jobs-per-second N"
        }
    }
}
