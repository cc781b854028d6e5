import PerfClients

/// A command that took long, as SLOWLOG keeps it: within the server, without waiting in its queue or the network.
package struct RedisSlowEntry: Hashable, Sendable {
    /// Rises by one with each entry of a server.
    package var id: Int64
    package var microseconds: UInt64
    /// The command's name in capitals; its arguments are never kept, since they are the data of others.
    package var command: String
    package var argumentCount: Int

    package init(id: Int64, microseconds: UInt64, command: String, argumentCount: Int) {
        self.id = id
        self.microseconds = microseconds
        self.command = command
        self.argumentCount = argumentCount
    }

    /// - Returns: nil for an answer of another form.
    package init?(_ reply: RedisReply) {
        guard let parts = reply.elements, parts.count >= 4, let id = parts[0].integer,
            let time = parts[2].integer.flatMap({ UInt64(exactly: $0) }), let words = parts[3].elements
        else { return nil }
        let name = words.first?.text ?? ""
        let isName = !name.isEmpty && name.utf8.count <= 32 && name.allSatisfy { $0.isASCII && !$0.isWhitespace }
        self.init(
            id: id, microseconds: time, command: isName ? name.uppercased() : "a command",
            argumentCount: max(0, words.count - 1))
    }

    /// Entries of an answer; nil for one of another form.
    package static func all(_ reply: RedisReply) -> [RedisSlowEntry]? {
        guard let elements = reply.elements else { return nil }
        let entries = elements.compactMap { RedisSlowEntry($0) }
        return entries.count == elements.count ? entries : nil
    }
}

/// The entries that came while we looked.
package struct RedisSlowLog: Hashable, Sendable {
    /// The newest id that was there before; nil for an empty log.
    private var newestBefore: Int64?
    package private(set) var entries: [RedisSlowEntry] = []
    /// Entries that came and were gone before they were seen.
    package private(set) var lost: UInt64 = 0
    /// Whether the log had entries before.
    package let hadEntries: Bool
    private var newest: Int64?

    /// - Parameter entries: those that are there at the beginning.
    package init(before entries: [RedisSlowEntry]) {
        newestBefore = entries.map(\.id).max()
        newest = newestBefore
        hadEntries = !entries.isEmpty
    }

    /// Takes what has come since.
    package mutating func add(_ all: [RedisSlowEntry]) {
        let new = all.filter { $0.id > newest ?? .min }.sorted { $0.id < $1.id }
        guard let first = new.first, let last = new.last else { return }
        // Ids of an empty log are not known, unless the server is new.
        if let newest, first.id > newest {
            lost =
                lost.addingReportingOverflow(UInt64(first.id.subtractingReportingOverflow(newest).partialValue - 1))
                .partialValue
        }
        entries += new
        newest = last.id
    }
}
