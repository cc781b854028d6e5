import PerfBaselines
import PerfLinux
import PerfModel

/// Lists of baselines as JSON documents of kind `baselines`.
enum BaselineDocuments {
    /// A document of some baselines.
    ///
    /// - Parameters:
    ///   - entries: of a store.
    ///   - removed: whether they were removed, of `prune`; nil for a list.
    /// - Returns: one line of JSON.
    /// - Throws: never for what a store gives.
    static func list(_ entries: [BaselineEntry], removed: Bool? = nil) throws(DocumentError) -> [UInt8] {
        var body: [String: JSONValue] = ["baselines": .array(entries.map(value))]
        if let removed { body["removed"] = .boolean(removed) }
        return try Document(
            kind: "baselines", host: HostDescription.current(), startedAt: WallClock.nanosecondsSince1970(),
            duration: nil, warnings: [], body: JSONValue.object(body)
        ).encoded()
    }

    private static func value(_ entry: BaselineEntry) -> JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        let content = entry.content
        return .object([
            "name": .string(entry.name), "class": .string(entry.machineClass), "location": .string(entry.location),
            "started_at": text(content?.startedAt.map(InternetTime.text(nanosecondsSince1970:))),
            "series": content.map { .number(Double($0.seriesCount)) } ?? .null,
            "objectives": content.map { .number(Double($0.objectiveCount)) } ?? .null,
            "diagnosis": content.map { .boolean($0.hasDiagnosis) } ?? .null,
            "tool": text(content?.tool), "commit": text(content?.commit), "problem": text(entry.problem),
        ])
    }
}
