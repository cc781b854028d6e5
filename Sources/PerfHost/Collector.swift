/// One source of a host's state: reads files, fills its parts of a snapshot.
///
/// A collector has no state and never fails: what it cannot see becomes an unavailable part, with the reason. A new
/// collector is one new file in `Collectors`, then `ci/generate` for the registry.
package protocol Collector: Sendable {
    /// Stable, in snake_case: `"cpu"`; the key of its cost.
    static var id: String { get }
    /// What it reads, in one sentence.
    static var explanation: String { get }

    /// Reads its files and fills its parts.
    ///
    /// - Parameters:
    ///   - reader: the host's files, live or recorded; the only way to them.
    ///   - previous: the snapshot before, for what depends on it (which processes are busy).
    ///   - snapshot: to be filled; collectors do not depend on each other's parts.
    static func collect(from reader: HostReader, after previous: HostSnapshot?, into snapshot: inout HostSnapshot)
}

/// The registry of collectors.
package enum Collectors {}
