/// A form that the result of a gate can take; one file each, found by its id.
///
/// `ci/generate` lists the conforming types of this target's folders in `GateFormats+Generated.swift`.
package protocol GateFormat: Sendable {
    /// What `--format` takes: `"junit"`.
    static var id: String { get }
    /// What it is good for, in one sentence.
    static var explanation: String { get }

    /// The whole report; the same report always gives the same bytes.
    static func bytes(of report: GateReport) throws -> [UInt8]
}

/// All formats.
package enum GateFormats {
    /// The format that `--format` names, or an error that lists the known ones.
    package static func format(named id: String) throws(UnknownFormatError) -> any GateFormat.Type {
        guard let format = all.first(where: { $0.id == id }) else {
            throw UnknownFormatError(id: id, known: all.map { $0.id })
        }
        return format
    }
}
