/// A form that latencies of targets can take; one file each, found by its id.
///
/// `ci/generate` lists the conforming types of this target's folders in `ProbeFormats+Generated.swift`.
package protocol ProbeFormat: Sendable {
    /// What `--format` takes: `"openmetrics"`.
    static var id: String { get }
    /// What it is good for, in one sentence.
    static var explanation: String { get }

    /// The whole report; the same report always gives the same bytes.
    static func bytes(of report: ProbeReport) throws -> [UInt8]
}

/// All formats.
package enum ProbeFormats {
    /// The format that `--format` names, or an error that lists the known ones.
    package static func format(named id: String) throws(UnknownFormatError) -> any ProbeFormat.Type {
        guard let format = all.first(where: { $0.id == id }) else {
            throw UnknownFormatError(id: id, known: all.map { $0.id })
        }
        return format
    }
}
