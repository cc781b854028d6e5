import PerfModel

/// What a gate decided, and why: the body of a document of the kind `gate`.
package struct GateResult: Hashable, Sendable {
    package enum Verdict: String, Sendable, Codable, CaseIterable {
        case pass, fail, inconclusive, invalid

        /// Of many comparisons: a regression is one whatever else there is; what cannot be trusted is not certain.
        package static func worst(_ verdicts: some Sequence<Verdict>) -> Verdict {
            let present = Set(verdicts)
            return [.fail, .invalid, .inconclusive].first { present.contains($0) } ?? .pass
        }
    }

    /// One metric of one benchmark, or one objective.
    package struct Comparison: Hashable, Sendable {
        /// What kind of evidence decided.
        package enum Channel: String, Sendable, Codable, CaseIterable {
            /// Values that differ from run to run, by the interval of their ranks.
            case sampled
            /// Counts that are the same in every run.
            case counter
            /// An objective that holds or not.
            case objective
            case leak
            /// "Became lock-bound".
            case diagnosis
            /// Whether it can be compared at all: missing benchmarks, other versions, crashes.
            case presence
        }

        /// The benchmark's, `"json/parse[size=1000]"`; or the objective's expression.
        package var id: String
        package var metric: String
        package var unit: String
        package var channel: Channel
        package var verdict: Verdict
        /// Whether it decides; others are reported only.
        package var isGated: Bool
        /// Typical values; nil where one side has none.
        package var baseline: Double?
        package var head: Double?
        /// Head by base, 1 for no change; nil where it cannot be had.
        package var effectRatio: Double?
        /// Of the ratio.
        package var interval: ClosedRange<Double>?
        /// Pairs, or observations of head.
        package var count: Int
        /// The smallest change, as a ratio above 1, that these runs would have found in 95 of 100 cases.
        package var detectableRatio: Double?
        /// Better by more than noise: never a failure, and worth a new baseline.
        package var isImproved: Bool
        /// Why, in one sentence for people.
        package var reason: String

        package init(
            id: String, metric: String, unit: String, channel: Channel, verdict: Verdict, isGated: Bool = true,
            baseline: Double? = nil, head: Double? = nil, effectRatio: Double? = nil,
            interval: ClosedRange<Double>? = nil, count: Int = 0, detectableRatio: Double? = nil,
            isImproved: Bool = false, reason: String
        ) {
            self.id = id
            self.metric = metric
            self.unit = unit
            self.channel = channel
            self.verdict = verdict
            self.isGated = isGated
            self.baseline = baseline
            self.head = head
            self.effectRatio = effectRatio
            self.interval = interval
            self.count = count
            self.detectableRatio = detectableRatio
            self.isImproved = isImproved
            self.reason = reason
        }
    }

    /// What accounts for a regression.
    package struct Cause: Hashable, Sendable {
        /// A function or type with what it adds, as a ratio of base's whole: 0.05 for 5% more.
        package struct Part: Hashable, Sendable {
            package var name: String
            package var deltaRatio: Double
            /// Where it stands; nil where it is not known.
            package var file: String?
            package var line: Int?
            /// The comparison's id: whose whole it is; nil where it is not known.
            package var benchmark: String?
            /// What it is a part of: `"cpu_time"`, `"off_cpu"`, `"instructions"`, `"bytes"`; nil where it is not known.
            package var metric: String?

            package init(
                name: String, deltaRatio: Double, file: String? = nil, line: Int? = nil, benchmark: String? = nil,
                metric: String? = nil
            ) {
                self.name = name
                self.deltaRatio = deltaRatio
                self.file = file
                self.line = line
                self.benchmark = benchmark
                self.metric = metric
            }
        }

        package struct Counter: Hashable, Sendable {
            package var name: String
            package var unit: String
            package var baseline: Double
            package var head: Double
            /// The comparison's id; nil where it is not known.
            package var benchmark: String?

            package init(name: String, unit: String, baseline: Double, head: Double, benchmark: String? = nil) {
                self.name = name
                self.unit = unit
                self.baseline = baseline
                self.head = head
                self.benchmark = benchmark
            }
        }

        package var functions: [Part]
        package var types: [Part]
        package var counters: [Counter]

        package init(functions: [Part] = [], types: [Part] = [], counters: [Counter] = []) {
            self.functions = functions
            self.types = types
            self.counters = counters
        }

        /// With places below a directory as paths from there; others stay as they are.
        ///
        /// - Parameter root: without a slash at its end, such as the top of a work tree.
        /// - Returns: the same cause otherwise.
        package func relative(to root: String) -> Cause {
            func relative(_ part: Part) -> Part {
                guard let file = part.file, file.hasPrefix(root + "/") else { return part }
                var part = part
                part.file = String(file.dropFirst(root.count + 1))
                return part
            }
            return Cause(functions: functions.map(relative), types: types.map(relative), counters: counters)
        }
    }

    package var verdict: Verdict
    /// One sentence for people.
    package var summary: String
    package var comparisons: [Comparison]
    package var cause: Cause?
    package var unmeasured: [Unmeasured]
    package var warnings: [Warning]

    package init(
        verdict: Verdict, summary: String, comparisons: [Comparison], cause: Cause? = nil,
        unmeasured: [Unmeasured] = [], warnings: [Warning] = []
    ) {
        self.verdict = verdict
        self.summary = summary
        self.comparisons = comparisons
        self.cause = cause
        self.unmeasured = unmeasured
        self.warnings = warnings
    }
}
