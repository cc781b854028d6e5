import FoundationEssentials

/// A JSON document: the envelope that all of perfdoctor's documents share, and the fields of one kind.
///
/// The body's fields stand beside those of the envelope, at the top level.
package struct Document<Body: Encodable>: Encodable {
    /// `"profile"`, `"diagnosis"`; the schema is `perfdoctor.<kind>/1`.
    package var kind: String
    package var tool: ToolVersion
    /// The machine that was measured, as a ``HostDescription`` or with more; nil when the source does not say.
    package var host: (any Encodable & Sendable)?
    /// Nanoseconds since 1970-01-01 UTC; nil when the source does not say.
    package var startedAt: Int64?
    /// How long was measured; nil when the source does not say.
    package var duration: Duration?
    package var warnings: [Warning]
    /// A type that encodes into a keyed container, with none of the envelope's keys.
    package var body: Body

    package init(
        kind: String, tool: ToolVersion = .current, host: (any Encodable & Sendable)?, startedAt: Int64?,
        duration: Duration?,
        warnings: [Warning], body: Body
    ) {
        self.kind = kind
        self.tool = tool
        self.host = host
        self.startedAt = startedAt
        self.duration = duration
        self.warnings = warnings
        self.body = body
    }

    private enum CodingKeys: String, CodingKey {
        case schema, tool, host, warnings
        case startedAt = "started_at"
        case duration = "duration_ns"
    }

    package func encode(to encoder: any Encoder) throws {
        // The envelope comes second: should a body use one of its keys, then the contract holds nevertheless.
        try body.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("perfdoctor.\(kind)/1", forKey: .schema)
        try container.encode(tool, forKey: .tool)
        // Unknown is null, not absent: readers need not ask twice.
        if let host { try container.encode(host, forKey: .host) } else { try container.encodeNil(forKey: .host) }
        try container.encode(startedAt.map(InternetTime.text(nanosecondsSince1970:)), forKey: .startedAt)
        try container.encode(duration?.wholeNanoseconds, forKey: .duration)
        try container.encode(warnings, forKey: .warnings)
    }

    /// One line of JSON with sorted keys, ending in a newline.
    ///
    /// The same document always gives the same bytes. Characters that could drive a terminal are escaped, so that the
    /// document can be printed on one.
    ///
    /// - Throws: when a number of the body is not finite, which is a mistake of this program.
    package func encoded() throws(DocumentError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            var bytes = JSONText.escapingUnprintable(Array(try encoder.encode(self)))
            bytes.append(UInt8(ascii: "\n"))
            return bytes
        } catch {
            throw DocumentError(kind: kind, cause: "\(error)")
        }
    }
}

extension Document: Sendable where Body: Sendable {}

/// A document whose values do not fit JSON.
package struct DocumentError: UserFacingError, Hashable {
    package var kind: String
    package var cause: String

    package var summary: String { "the \(kind) document cannot be written as JSON: \(cause.printable)" }
    package var remedy: String? { "use --format text, and report this as a bug of perfdoctor, with the command line" }
}

extension Duration {
    /// Nanoseconds, cut to what 64 bits hold (292 years).
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflows) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || overflows ? (seconds < 0 ? .min : .max) : sum
    }
}
