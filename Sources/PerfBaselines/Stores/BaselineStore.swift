import PerfModel

/// Keeps results to compare later ones with.
///
/// A store never changes what it has but by ``prune(olderThan:isDryRun:)``: saving under a name that exists makes the
/// new result the current one, and the old one history, where the store keeps any.
package protocol BaselineStore: Sendable {
    /// Keeps a result.
    ///
    /// - Parameters:
    ///   - result: with samples in the order in which they were measured.
    ///   - name: of the baseline: letters, digits, `.`, `_`, `+` and `-`, and `/` between folders.
    ///   - machineClass: machines of one class have comparable timings.
    /// - Returns: what was kept, with its checksum, and a doubt about it.
    /// - Throws: why it was not kept.
    func save(
        _ result: BenchmarkResult, name: String, machineClass: String
    ) throws(BaselineStoreError) -> (saved: StoredBaseline, warning: Warning?)

    /// The current baseline of a name.
    ///
    /// - Parameters:
    ///   - name: as it was saved, or with the machine class before it: `guides/small`.
    ///   - machineClass: nil for the only one that has the name.
    /// - Returns: the baseline.
    /// - Throws: when there is none, or one that cannot be trusted.
    func load(name: String, machineClass: String?) throws(BaselineStoreError) -> StoredBaseline

    /// Every current baseline, by machine class and name; broken ones too, with what is wrong.
    func list() throws(BaselineStoreError) -> [BaselineEntry]

    /// What one series was in every result that is kept, the oldest first.
    func history(
        of id: MetricSeries.ID, metric: String, machineClass: String
    ) throws(BaselineStoreError) -> [StoredBaseline]

    /// What a name has been, the oldest first and the current one last, as far as the store keeps that.
    ///
    /// - Parameters:
    ///   - name: as ``load(name:machineClass:)`` takes it.
    ///   - machineClass: nil for the only one that has the name.
    ///   - limit: at most so many, the newest.
    ///   - body: gets one after the other, so that not all of them are in memory.
    /// - Throws: when there is none; what cannot be trusted is told to `body`.
    func versions(
        of name: String, machineClass: String?, limit: Int, _ body: (BaselineVersion) -> Void
    ) throws(BaselineStoreError)

    /// Removes what was measured before a moment.
    ///
    /// - Parameters:
    ///   - time: nanoseconds since 1970-01-01 UTC; what does not say when it was measured stays.
    ///   - isDryRun: says what would be removed, and removes nothing.
    /// - Returns: what was removed, or would be.
    /// - Throws: when one cannot be removed.
    func prune(olderThan time: Int64, isDryRun: Bool) throws(BaselineStoreError) -> [BaselineEntry]
}

/// A result that a store keeps.
package struct StoredBaseline: Hashable, Sendable {
    package var name: String
    package var machineClass: String
    /// For people: a path, or a URL without its password.
    package var location: String
    package var result: BenchmarkResult

    package init(name: String, machineClass: String, location: String, result: BenchmarkResult) {
        self.name = name
        self.machineClass = machineClass
        self.location = location
        self.result = result
    }
}

/// One of the results that a name has had.
package enum BaselineVersion: Hashable, Sendable {
    case whole(StoredBaseline)
    /// `reason` is for people.
    case broken(location: String, reason: String)
}

/// A baseline in a list.
package struct BaselineEntry: Hashable, Sendable {
    package var name: String
    package var machineClass: String
    package var location: String
    /// Nil where it is broken.
    package var content: BaselineContent?
    /// What is wrong with it; nil for nothing.
    package var problem: String?
}

/// What a list says of a baseline.
package struct BaselineContent: Hashable, Sendable {
    /// Nanoseconds since 1970-01-01 UTC; nil where it does not say.
    package var startedAt: Int64?
    package var seriesCount: Int
    package var objectiveCount: Int
    package var hasDiagnosis: Bool
    /// What measured it: `"perfdoctor"`, `"hyperfine"`.
    package var tool: String
    package var commit: String?

    package init(_ result: BenchmarkResult) {
        startedAt = result.startedAt
        seriesCount = result.series.count
        objectiveCount = result.objectives.count
        hasDiagnosis = result.diagnosis != nil
        tool = result.provenance?.importedFrom ?? "perfdoctor"
        commit = result.subject.commit
    }
}
