import PerfModel

/// A file that holds no benchmark results that can be used.
package enum BenchmarkDocumentError: UserFacingError, Hashable {
    case notJSON(file: String, reason: String)
    case noSchema(file: String)
    case otherSchema(file: String, schema: String)
    /// `reason` names the place within the document.
    case malformed(file: String, reason: String)

    package var summary: String {
        switch self {
        case .notJSON(let file, let reason): "\(file.printable) is not JSON: \(reason.printable)"
        case .noSchema(let file): "\(file.printable) is no document of perfdoctor: it has no schema"
        case .otherSchema(let file, let schema):
            "\(file.printable) has the schema '\(schema.printable)', not perfdoctor.benchmark/1"
        case .malformed(let file, let reason):
            "\(file.printable) is no valid benchmark document: \(reason.printable)"
        }
    }

    package var remedy: String? {
        switch self {
        case .notJSON, .noSchema: "write one: perfdoctor bench 'COMMAND' -o RESULT.json"
        case .otherSchema: "name a document of this kind, or use the version of perfdoctor that wrote it"
        case .malformed: "write it again: perfdoctor bench 'COMMAND' -o RESULT.json"
        }
    }
}
