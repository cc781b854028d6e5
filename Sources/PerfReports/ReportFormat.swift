/// A form that a report can take; one file each, found by its id.
///
/// `ci/generate` lists the conforming types of this target's folders in `ReportFormats+Generated.swift`.
package protocol ReportFormat: Sendable {
    /// What `--format` takes: `"text"`.
    static var id: String { get }
    /// What it is good for, in one sentence.
    static var explanation: String { get }
    /// Whether the bytes are no text, so that they must not be written to a terminal.
    static var isBinary: Bool { get }

    /// The whole report.
    ///
    /// The same report always gives the same bytes.
    static func bytes(of report: Report) throws -> [UInt8]
}

extension ReportFormat {
    package static var isBinary: Bool { false }
}

/// All formats.
package enum ReportFormats {
    /// The format that `--format` names, or an error that lists the known ones.
    package static func format(named id: String) throws(UnknownFormatError) -> any ReportFormat.Type {
        guard let format = all.first(where: { $0.id == id }) else {
            throw UnknownFormatError(id: id, known: all.map { $0.id })
        }
        return format
    }
}
