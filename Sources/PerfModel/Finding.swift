/// What a program may be short of; the words of `verdict.bottleneck` and of findings.
package enum Resource: String, CaseIterable, Codable, Hashable, Sendable {
    case cpu, memory, disk, network, database, cache, lock
}

/// How bad a finding is.
package enum Severity: String, CaseIterable, Codable, Comparable, Hashable, Sendable {
    /// Context: not wrong by itself.
    case info
    case warning
    case critical

    package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}

/// Where evidence comes from: sources that do not depend on each other confirm each other.
package enum EvidenceFamily: String, Codable, Hashable, Sendable {
    /// What threads did with their time.
    case timeBudget = "time_budget"
    /// Stalls as the kernel counts them (PSI).
    case pressure
    /// Use, saturation and errors of a resource.
    case saturation
    /// Answers of a peer.
    case probe
}

/// A number that was measured.
package struct Evidence: Codable, Hashable, Sendable {
    /// In snake_case: `"cpu_some_ratio"`.
    package var name: String
    package var value: Double
    /// `"ratio"`, `"per_second"`, `"milliseconds"`, `"bytes"`, `"bytes_per_second"`, `"count"`, `"cpus"`, `"seconds"`.
    package var unit: String

    package init(_ name: String, _ value: Double, _ unit: String) {
        self.name = name
        self.value = value
        self.unit = unit
    }
}

/// What to do about a finding.
package struct Remedy: Hashable, Sendable {
    package var text: String
    /// What the source claims that it gains: to be compared with what is measured afterwards.
    package var claimedGain: String?
    /// Who says so.
    package var source: String?

    package init(_ text: String, claimedGain: String? = nil, source: String? = nil) {
        self.text = text
        self.claimedGain = claimedGain
        self.source = source
    }
}

extension Remedy: Codable {
    private enum CodingKeys: String, CodingKey {
        case text, source
        case claimedGain = "claimed_gain"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(text, forKey: .text)
        try container.encode(claimedGain, forKey: .claimedGain)
        try container.encode(source, forKey: .source)
    }
}

/// Something that is not as it should be, with its evidence and what to do.
package struct Finding: Hashable, Sendable {
    /// The check's: `"cpu.throttle"`.
    package var id: String
    package var severity: Severity
    package var resource: Resource
    package var family: EvidenceFamily
    /// What is wrong, with the numbers, in one sentence.
    package var summary: String
    /// Which disk, interface, mount or process it is about; empty for the host.
    package var subject: String
    /// The first one is what was compared with the threshold.
    package var evidence: [Evidence]
    /// In the unit of the first evidence; nil where mere presence is the finding.
    package var threshold: Double?
    /// The id of the finding that causes this one.
    package var parent: String?
    /// The most that removing it can gain, as a share of the time of who is diagnosed; nil where that is not known.
    package var benefit: Double?
    package var remedies: [Remedy]

    package init(
        id: String, severity: Severity, resource: Resource, family: EvidenceFamily, summary: String,
        subject: String = "", evidence: [Evidence], threshold: Double? = nil, parent: String? = nil,
        benefit: Double? = nil, remedies: [Remedy] = []
    ) {
        self.id = id
        self.severity = severity
        self.resource = resource
        self.family = family
        self.summary = summary
        self.subject = subject
        self.evidence = evidence
        self.threshold = threshold
        self.parent = parent
        self.benefit = benefit
        self.remedies = remedies
    }
}

extension Finding: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, severity, resource, family, summary, subject, evidence, threshold, parent, remedies
        case benefit = "benefit_ratio"
    }

    /// Unknown is null, not absent.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(severity, forKey: .severity)
        try container.encode(resource, forKey: .resource)
        try container.encode(family, forKey: .family)
        try container.encode(summary, forKey: .summary)
        try container.encode(subject.isEmpty ? nil : subject, forKey: .subject)
        try container.encode(evidence, forKey: .evidence)
        try container.encode(threshold, forKey: .threshold)
        try container.encode(parent, forKey: .parent)
        try container.encode(benefit, forKey: .benefit)
        try container.encode(remedies, forKey: .remedies)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        severity = try container.decode(Severity.self, forKey: .severity)
        resource = try container.decode(Resource.self, forKey: .resource)
        family = try container.decode(EvidenceFamily.self, forKey: .family)
        summary = try container.decode(String.self, forKey: .summary)
        subject = try container.decodeIfPresent(String.self, forKey: .subject) ?? ""
        evidence = try container.decode([Evidence].self, forKey: .evidence)
        threshold = try container.decodeIfPresent(Double.self, forKey: .threshold)
        parent = try container.decodeIfPresent(String.self, forKey: .parent)
        benefit = try container.decodeIfPresent(Double.self, forKey: .benefit)
        remedies = try container.decode([Remedy].self, forKey: .remedies)
    }
}

/// What could not be seen: blind is not healthy.
package struct Unmeasured: Codable, Hashable, Sendable {
    /// A check's id, or a part of the diagnosis.
    package var id: String
    package var reason: String
    /// What would make it visible; empty where nothing does.
    package var remedy: String

    package init(id: String, reason: String, remedy: String) {
        self.id = id
        self.reason = reason
        self.remedy = remedy
    }
}
