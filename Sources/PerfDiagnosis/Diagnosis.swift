import PerfModel

/// What is wrong with a host or a process, how sure that is, who is responsible, and what to do.
package struct Diagnosis: Sendable {
    package var verdict: Verdict
    package var budget: TimeBudget?
    /// The worst first.
    package var findings: [Finding]
    /// Resources that were seen and are not to blame.
    package var exonerated: [DiagnosisEvidence.Healthy]
    package var unmeasured: [Unmeasured]
    /// Whom threads wait for, the most first.
    package var peers: [PeerEvidence] = []
    /// What would show the verdict wrong; empty for none.
    package var refutation: String
    /// The most that removing the bottleneck can gain, in one sentence; empty where it is not known.
    package var counterfactual: String
    package var drillDown: DrillDownRequest?

    /// The resources of ``exonerated``, each once.
    package var exoneratedResources: [Resource] {
        Resource.allCases.filter { resource in exonerated.contains { $0.resource == resource } }
    }
}

package struct Verdict: Sendable, Hashable {
    package enum Bottleneck: String, Codable, CaseIterable, Sendable {
        case cpu, memory, disk, network, database, cache, lock, none, mixed
    }

    package enum Confidence: String, Codable, CaseIterable, Comparable, Sendable {
        case high, medium, low

        package static func < (left: Confidence, right: Confidence) -> Bool { left.rank < right.rank }
        private var rank: Int {
            switch self {
            case .low: 0
            case .medium: 1
            case .high: 2
            }
        }
    }

    package var bottleneck: Bottleneck
    package var confidence: Confidence
    /// One sentence, without the confidence.
    package var summary: String
    package var culprit: Culprit?

    package init(_ bottleneck: Bottleneck, _ confidence: Confidence, summary: String, culprit: Culprit? = nil) {
        self.bottleneck = bottleneck
        self.confidence = confidence
        self.summary = summary
        self.culprit = culprit
    }
}

/// Who is responsible, down to where it could be seen.
package struct Culprit: Hashable, Sendable {
    package var pid: Int32
    package var process: String
    package var tid: Int32?
    package var thread: String?
    /// From a profile; nil until there is one.
    package var function: String?
    package var file: String?
    package var line: Int?
    /// Of what all use of the resource, 0...1.
    package var share: Double?

    package init(pid: Int32, process: String, tid: Int32? = nil, thread: String? = nil, share: Double? = nil) {
        self.pid = pid
        self.process = process
        self.tid = tid
        self.thread = thread
        self.share = share
    }
}

extension Culprit: Encodable {
    private enum CodingKeys: String, CodingKey {
        case pid, tid, process, thread, function, file, line
        case share = "share_ratio"
    }

    /// Unknown is null, not absent.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(pid, forKey: .pid)
        try container.encode(tid, forKey: .tid)
        try container.encode(process, forKey: .process)
        try container.encode(thread, forKey: .thread)
        try container.encode(function, forKey: .function)
        try container.encode(file, forKey: .file)
        try container.encode(line, forKey: .line)
        try container.encode(share, forKey: .share)
    }
}

extension Verdict: Encodable {
    private enum CodingKeys: String, CodingKey {
        case bottleneck, confidence, summary, culprit
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(bottleneck, forKey: .bottleneck)
        try container.encode(confidence, forKey: .confidence)
        try container.encode(summary, forKey: .summary)
        try container.encode(culprit, forKey: .culprit)
    }
}

/// A profile that would name the function.
package struct DrillDownRequest: Hashable, Sendable {
    package enum Clock: Hashable, Sendable {
        case cpu
        /// Waits of one kind; nil for all but those for work.
        case offCPU(WaitReason?)
    }

    package var pid: Int32
    package var process: String
    package var clock: Clock

    package init(pid: Int32, process: String, clock: Clock) {
        self.pid = pid
        self.process = process
        self.clock = clock
    }
}
