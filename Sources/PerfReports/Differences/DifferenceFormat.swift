/// A form that the difference of two profiles can take; one file each, found by its id.
///
/// `ci/generate` lists the conforming types of this target's folders in `DifferenceFormats+Generated.swift`.
package protocol DifferenceFormat: Sendable {
    /// What `--format` takes: `"text"`.
    static var id: String { get }
    /// What it is good for, in one sentence.
    static var explanation: String { get }

    /// The whole report.
    ///
    /// The same report always gives the same bytes.
    static func bytes(of report: DifferenceReport) throws -> [UInt8]
}

/// All formats of differences.
package enum DifferenceFormats {
    /// The format that `--format` names, or an error that lists the known ones.
    package static func format(named id: String) throws(UnknownFormatError) -> any DifferenceFormat.Type {
        guard let format = all.first(where: { $0.id == id }) else {
            throw UnknownFormatError(id: id, known: all.map { $0.id })
        }
        return format
    }
}
