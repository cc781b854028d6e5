import PerfModel
import PerfSizing

/// The fields of a document of kind `sizing`; they are a contract, more may be added.
///
/// What is unknown is null.
package struct SizingDocument: Encodable, Sendable {
    private struct CPUs: Encodable {
        var cpus: EffectiveCPUs

        enum CodingKeys: String, CodingKey { case count, source, online, affinity, cpuset, quota, file }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(cpus.count, forKey: .count)
            switch cpus.origin {
            case .option: try container.encode("option", forKey: .source)
            case .document(let file):
                try container.encode("document", forKey: .source)
                try container.encode(file, forKey: .file)
            case .host(let online, let affinity, let cpuset, let quota):
                try container.encode("host", forKey: .source)
                try container.encode(online, forKey: .online)
                try container.encode(affinity, forKey: .affinity)
                try container.encode(cpuset, forKey: .cpuset)
                try container.encode(quota, forKey: .quota)
            }
        }
    }

    private struct Size: Encodable {
        var size: SizedQuantity

        enum CodingKeys: String, CodingKey {
            case name, value, range, unit, text
            case isMinimum = "minimum"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(size.name, forKey: .name)
            switch size.value {
            case .number(let number): try container.encode(number, forKey: .value)
            case .word(let word): try container.encode(word, forKey: .value)
            case .range(let low, let high):
                try container.encodeNil(forKey: .value)
                try container.encode([low, high], forKey: .range)
            }
            try container.encode(size.unit, forKey: .unit)
            try container.encode(size.isMinimum, forKey: .isMinimum)
            try container.encode(size.text, forKey: .text)
        }
    }

    private struct Selector: Encodable {
        var input: String
        var value: Double
        var row: String
        var isBeyond: Bool

        enum CodingKeys: String, CodingKey {
            case input, value, row
            case isBeyond = "beyond"
        }
    }

    private struct Correction: Encodable {
        var subject: String
        var source: String
        var claim: String
        var corrected: String
        var reason: String
    }

    private struct Recommendation: Encodable {
        var recommendation: SizingRecommendation

        enum CodingKeys: String, CodingKey {
            case id, resource, source, title, row, sizes, corrections, notes, reasoning
            case selectedBy = "selected_by"
            case isPreferred = "preferred"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(recommendation.id, forKey: .id)
            try container.encode(recommendation.resource, forKey: .resource)
            try container.encode(recommendation.source, forKey: .source)
            try container.encode(recommendation.title, forKey: .title)
            try container.encode(recommendation.row, forKey: .row)
            try container.encode(recommendation.isPreferred, forKey: .isPreferred)
            try container.encode(recommendation.reasoning, forKey: .reasoning)
            try container.encode(recommendation.notes, forKey: .notes)
            try container.encode(recommendation.sizes.map(Size.init(size:)), forKey: .sizes)
            try container.encode(
                recommendation.selectors.map {
                    Selector(input: $0.input.rawValue, value: $0.value, row: $0.row, isBeyond: $0.isBeyond)
                }, forKey: .selectedBy)
            try container.encode(
                recommendation.corrections.map {
                    Correction(
                        subject: $0.subject, source: $0.source.rawValue, claim: $0.claim, corrected: $0.corrected,
                        reason: $0.reason)
                }, forKey: .corrections)
        }
    }

    private struct Statement: Encodable {
        var source: String
        var text: String
        var value: Double
    }

    private struct Contradiction: Encodable {
        var id: String
        var resource: String
        var statements: [Statement]
        var explanation: String
        var preferred: String
    }

    private struct Remedy: Encodable {
        var remedy: SizingRemedy

        enum CodingKeys: String, CodingKey {
            case resource, text, source
            case claimedGain = "claimed_gain"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(remedy.resource, forKey: .resource)
            try container.encode(remedy.text, forKey: .text)
            try container.encode(remedy.claimedGain, forKey: .claimedGain)
            try container.encode(remedy.source, forKey: .source)
        }
    }

    private struct Flow: Encodable {
        var flow: Measurement.Flow
        var measurement: Measurement

        enum CodingKeys: String, CodingKey {
            case file, kind, name, work
            case rate = "rate_per_second"
            case serviceTime = "service_time_seconds"
            case isResponseTime = "response_time"
            case computeRatio = "compute_ratio"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(measurement.file, forKey: .file)
            try container.encode(measurement.kind, forKey: .kind)
            try container.encode(flow.name, forKey: .name)
            try container.encode(flow.work, forKey: .work)
            try container.encode(flow.rate, forKey: .rate)
            try container.encode(flow.serviceTime, forKey: .serviceTime)
            try container.encode(flow.isResponseTime, forKey: .isResponseTime)
            try container.encode(measurement.computeRatio, forKey: .computeRatio)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case summary, inputs, recommendations, contradictions, remedies, measurements
        case effectiveCPUs = "effective_cpus"
    }

    private let sizing: Sizing

    package init(_ sizing: Sizing) { self.sizing = sizing }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(sizing.summary, forKey: .summary)
        let inputs = sizing.inputs.given.map { ($0.input.rawValue, $0.value) }
        try container.encode(Dictionary(uniqueKeysWithValues: inputs), forKey: .inputs)
        try container.encode(sizing.cpus.map(CPUs.init(cpus:)), forKey: .effectiveCPUs)
        try container.encode(
            sizing.recommendations.map(Recommendation.init(recommendation:)), forKey: .recommendations)
        try container.encode(
            sizing.contradictions.map { contradiction in
                Contradiction(
                    id: contradiction.id, resource: contradiction.resource.rawValue,
                    statements: contradiction.statements.map {
                        Statement(source: $0.source.rawValue, text: $0.text, value: $0.value)
                    }, explanation: contradiction.explanation, preferred: contradiction.preferred)
            }, forKey: .contradictions)
        try container.encode(sizing.remedies.map(Remedy.init(remedy:)), forKey: .remedies)
        try container.encode(
            sizing.measurements.flatMap { measurement in
                measurement.flows.map { Flow(flow: $0, measurement: measurement) }
            }, forKey: .measurements)
    }
}
