import PerfModel

/// A document of kind `probe` as far as two of them can be compared.
package struct ProbeRecord: Hashable, Sendable {
    package struct Check: Hashable, Sendable {
        package var id: String
        package var subject: String
        /// Nil where nothing is wrong, or where that could not be seen.
        package var severity: Severity?
        package var isUnmeasured: Bool

        package init(id: String, subject: String = "", severity: Severity?, isUnmeasured: Bool = false) {
            self.id = id
            self.subject = subject
            self.severity = severity
            self.isUnmeasured = isUnmeasured
        }
    }

    package struct Target: Hashable, Sendable {
        package var url: String
        package var address: String?
        package var method: String?
        package var sent: Int
        package var received: Int
        /// `"ok"`, `"slow"`, `"failed"`, `"invalid"`.
        package var verdict: String
        /// Why it is not ok.
        package var error: String?
        /// Nil where the document does not have them.
        package var latencies: LatencyHistogram?
        /// For each moment: answers, the largest of them in nanoseconds, losses; empty where it is not known.
        package var moments: [Moment]
        /// Nil where the document does not tell what was checked.
        package var checks: [Check]?
    }

    package struct Moment: Hashable, Sendable {
        package var answered: Int
        /// Nanoseconds; 0 without answers.
        package var most: Double
        package var lost: Int
    }

    package var source: String
    /// RFC 3339; nil where it is not known.
    package var startedAt: String?
    /// The name of the host that asked.
    package var host: String?
    /// Questions a second; nil where it is not known.
    package var rate: Double?
    package var targets: [Target]

    /// Reads a document.
    ///
    /// - Parameters:
    ///   - bytes: what `perfdoctor probe --format json` wrote.
    ///   - source: the name of its file.
    /// - Throws: where it is not as it should be.
    package init(_ bytes: [UInt8], source: String) throws(ReadingProblem) {
        let document = JSONNode(try JSONValue.parsed(bytes))
        self.source = source
        startedAt = try document["started_at"].stringIfKnown()
        host = try document["host"]["name"].stringIfKnown()
        rate = try document["prober"]["rate_per_second"].amountIfKnown()
        targets = []
        for target in try document["targets"].elements() { targets.append(try Target(target)) }
    }
}

extension ProbeRecord.Target {
    init(_ node: JSONNode) throws(ReadingProblem) {
        url = try node["url"].string()
        address = try node["address"].stringIfKnown()
        method = try node["method"].stringIfKnown()
        sent = try node["sent"].count()
        received = try node["received"].count()
        guard received <= sent else {
            throw ReadingProblem(place: node["received"].path, reason: "more answers than questions")
        }
        verdict = try node["verdict"].string()
        error = try node["error"].stringIfKnown()
        latencies = try LatencyHistogram(node["histogram"])
        if let count = latencies?.count, count != received {
            throw ReadingProblem(
                place: node["histogram"].path, reason: "it has \(count) answers, and \(received) were received")
        }
        moments = try Self.moments(node["timeline"])
        checks = node["checks"].isPresent ? try Self.checks(node["checks"]) : nil
    }

    private static func moments(_ node: JSONNode) throws(ReadingProblem) -> [ProbeRecord.Moment] {
        guard node["answered"].isPresent else { return [] }
        let (answered, most, lost) = (
            try node["answered"].elements(), try node["max_ns"].elements(), try node["lost"].elements()
        )
        guard answered.count == most.count, answered.count == lost.count else {
            throw ReadingProblem(place: node.path, reason: "its arrays differ in length")
        }
        var moments: [ProbeRecord.Moment] = []
        for index in answered.indices {
            moments.append(
                ProbeRecord.Moment(
                    answered: try answered[index].count(), most: try most[index].amountIfKnown() ?? 0,
                    lost: try lost[index].count()))
        }
        return moments
    }

    private static func checks(_ node: JSONNode) throws(ReadingProblem) -> [ProbeRecord.Check] {
        var checks: [ProbeRecord.Check] = []
        for one in try node.elements() {
            let outcome = try one["outcome"].string()
            let severity = Severity(rawValue: outcome)
            guard severity != nil || outcome == "healthy" || outcome == "unmeasured" else {
                throw ReadingProblem(place: one["outcome"].path, reason: "'\(outcome)' is no outcome of a check")
            }
            checks.append(
                ProbeRecord.Check(
                    id: try one["id"].string(), subject: try one["subject"].stringIfKnown() ?? "", severity: severity,
                    isUnmeasured: outcome == "unmeasured"))
        }
        return checks
    }
}
