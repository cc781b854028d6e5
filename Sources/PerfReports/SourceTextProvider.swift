/// A source file as it is on this machine, or why it is not.
package enum SourceText: Hashable, Sendable {
    /// `modifiedAt` is in nanoseconds since 1970-01-01 UTC.
    case lines([String], modifiedAt: Int64)
    /// The reason is a phrase for people: `"not on this machine"`.
    case unavailable(reason: String)
}

/// Where annotated source comes from; formats do not open files.
package protocol SourceTextProvider: Sendable {
    /// The file that a profile names.
    func text(of path: String) -> SourceText
}

/// Has no files.
package struct NoSourceText: SourceTextProvider {
    package init() {}

    package func text(of path: String) -> SourceText { .unavailable(reason: "not on this machine") }
}
