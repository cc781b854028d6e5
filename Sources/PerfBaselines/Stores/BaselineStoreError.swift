import PerfClients
import PerfLinux
import PerfModel

/// A store that cannot do what it shall.
package enum BaselineStoreError: UserFacingError, Hashable {
    case badName(String)
    case notFound(name: String, machineClass: String?, known: [String])
    case ambiguous(name: String, machineClasses: [String])
    case cannotRead(SystemCallError)
    case cannotWrite(OutputFileError)
    case tooLarge(path: String)
    case broken(path: String, reason: String)
    case document(DocumentError)
    case database(PostgreSQLError)
    /// A database that a newer perfdoctor has changed.
    case newerDatabase(address: String, version: Int)

    package var summary: String {
        switch self {
        case .badName(let name): "'\(name.printable)' cannot be the name of a baseline"
        case .notFound(let name, let machineClass, _):
            "there is no baseline '\(name.printable)'"
                + (machineClass.map { " of machine class '\($0.printable)'" } ?? "")
        case .ambiguous(let name, let classes):
            "several machine classes have a baseline '\(name.printable)': \(classes.joined(separator: ", ").printable)"
        case .cannotRead(let error):
            "cannot \(error.operation.printable) \(error.subject.printable): \(SystemCallError.text(of: error.errno))"
        case .cannotWrite(let error): error.summary
        case .tooLarge(let path): "\(path.printable) is larger than a baseline ever is (64 MiB)"
        case .broken(let path, let reason): "\(path.printable) is no baseline that can be trusted: \(reason.printable)"
        case .document(let error): error.summary
        case .database(let error): error.summary
        case .newerDatabase(let address, let version):
            "the tables of \(address.printable) have version \(version), and this perfdoctor knows "
                + "\(PostgreSQLSchema.version)"
        }
    }

    package var remedy: String? {
        switch self {
        case .badName: "use letters, digits, '.', '_', '+' and '-', and '/' between folders: api/checkout"
        case .notFound(let name, _, let known):
            NearestName.of(name, among: known).map { "did you mean '\($0.printable)'?" }
                ?? (known.isEmpty
                    ? "save one: perfdoctor baseline save RESULT.json --name \(name.printable)"
                    : "perfdoctor baseline list")
        case .ambiguous(_, let classes): "name one: --machine-class \(classes.first?.printable ?? "CLASS")"
        case .cannotRead(let error): error.remedy ?? "check that it may be read"
        case .cannotWrite(let error): error.remedy
        case .tooLarge: "save fewer series in one baseline"
        case .broken: "take it from git again, or save a new one: perfdoctor baseline save RESULT.json --name NAME"
        case .document(let error): error.remedy
        case .database(let error): error.remedy
        case .newerDatabase: "use the perfdoctor that others use with it, or a newer one"
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .database(let error): error.exitCode
        default: .failure
        }
    }
}
