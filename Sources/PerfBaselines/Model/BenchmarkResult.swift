import PerfModel

/// What benchmarks measured: the body of a document of the kind `benchmark`, which is also what a baseline stores.
///
/// The machine stands in the document's `host`.
package struct BenchmarkResult: Hashable, Sendable {
    /// What the benchmarks were asked to do.
    package struct Profile: Hashable, Sendable, Codable {
        /// `"test"`, `"small"`, `"medium"`, `"large"` of the guides, or `"custom"`.
        package var name: String
        package var parameters: [String: String]
        package var seed: UInt64?

        package init(name: String, parameters: [String: String] = [:], seed: UInt64? = nil) {
            self.name = name
            self.parameters = parameters
            self.seed = seed
        }

        private enum CodingKeys: String, CodingKey {
            case name, seed
            case parameters = "params"
        }
    }

    /// A service level objective and whether the results meet it; nil where they do not say.
    package struct Objective: Hashable, Sendable, Codable {
        package var expression: String
        package var isMet: Bool?

        package init(expression: String, isMet: Bool?) {
            self.expression = expression
            self.isMet = isMet
        }

        private enum CodingKeys: String, CodingKey {
            case expression = "expr"
            case isMet = "ok"
        }
    }

    /// What two arms of the same program differed by.
    package struct Noise: Hashable, Sendable, Codable {
        /// Standard deviation of the logarithm of the ratio of two runs.
        package var deviation: Double?
        package var runs: Int

        package init(deviation: Double?, runs: Int) {
            self.deviation = deviation
            self.runs = runs
        }

        private enum CodingKeys: String, CodingKey {
            case deviation = "aa_sd"
            case runs = "aa_runs"
        }
    }

    /// Where it comes from.
    package struct Provenance: Hashable, Sendable, Codable {
        package var ciURL: String?
        package var actor: String?
        /// Checksum of the baseline that this one replaced.
        package var parent: String?
        /// Of the document without this field, in hexadecimal.
        package var sha256: String?
        /// The adapter that read a foreign report; nil for perfdoctor's own.
        package var importedFrom: String?

        package init(
            ciURL: String? = nil, actor: String? = nil, parent: String? = nil, sha256: String? = nil,
            importedFrom: String? = nil
        ) {
            self.ciURL = ciURL
            self.actor = actor
            self.parent = parent
            self.sha256 = sha256
            self.importedFrom = importedFrom
        }

        private enum CodingKeys: String, CodingKey {
            case ciURL = "ci_url"
            case actor, parent, sha256
            case importedFrom = "imported_from"
        }
    }

    package var subject: BenchmarkSubject
    /// Nil where the source does not say.
    package var machine: BenchmarkMachine?
    package var environment: BenchmarkEnvironment?
    package var profile: Profile?
    package var series: [MetricSeries]
    /// What a diagnosis of the same program said; nil where there was none.
    package var diagnosis: DiagnosedBottleneck?
    package var objectives: [Objective]
    package var noise: Noise?
    package var provenance: Provenance?
    /// Nanoseconds since 1970-01-01 UTC; nil when the source does not say.
    package var startedAt: Int64?
    package var duration: Duration?
    package var warnings: [Warning]

    package init(
        subject: BenchmarkSubject = BenchmarkSubject(), machine: BenchmarkMachine? = nil,
        environment: BenchmarkEnvironment? = nil, profile: Profile? = nil, series: [MetricSeries],
        diagnosis: DiagnosedBottleneck? = nil, objectives: [Objective] = [], noise: Noise? = nil,
        provenance: Provenance? = nil, startedAt: Int64? = nil, duration: Duration? = nil, warnings: [Warning] = []
    ) {
        self.subject = subject
        self.machine = machine
        self.environment = environment
        self.profile = profile
        self.series = series
        self.diagnosis = diagnosis
        self.objectives = objectives
        self.noise = noise
        self.provenance = provenance
        self.startedAt = startedAt
        self.duration = duration
        self.warnings = warnings
    }

    /// Adds what another result of the same subject measured; what both have stays as it is.
    package mutating func merge(_ other: BenchmarkResult) {
        var seen = Set(series.map { [$0.id.text, $0.metric] })
        series += other.series.filter { seen.insert([$0.id.text, $0.metric]).inserted }
        objectives += other.objectives
        warnings += other.warnings
        diagnosis = diagnosis ?? other.diagnosis
        machine = machine ?? other.machine
    }
}
