import FoundationEssentials
import Testing

/// What SciPy and apache-otava computed; `Fixtures/reference.py` says how.
struct Reference: Decodable {
    struct Bound: Decodable {
        var level: Double
        var low: Double?
        var high: Double?
    }

    struct SignedRank: Decodable, CustomTestStringConvertible {
        var name: String
        var values: [Double]
        var estimate: Double
        var bounds: [Bound]
        var testDescription: String { name }
    }

    struct RankSum: Decodable, CustomTestStringConvertible {
        var before: [Double]
        var after: [Double]
        var estimate: Double
        var bounds: [Bound]
        var testDescription: String { "\(before.count) and \(after.count)" }
    }

    struct Binomial: Decodable {
        var count: Int
        var total: Int
        var level: Double
        var low: Double
        var high: Double
    }

    struct Beta: Decodable {
        var x: Double
        var a: Double
        var b: Double
        var value: Double
    }

    struct Ranks: Decodable {
        var ratio: Double
        var count: Int
        var level: Double
        var low: Int?
        var high: Int?
    }

    struct Changes: Decodable, CustomTestStringConvertible {
        var name: String
        var values: [Double]
        var first: Int
        var divergence: Double
        var points: [Int]
        var divergences: [Double]
        var testDescription: String { name }
    }

    var signedRank: [SignedRank]
    var rankSum: [RankSum]
    var binomial: [Binomial]
    var beta: [Beta]
    var quantileRanks: [Ranks]
    var changePoints: [Changes]

    static let all: Result<Reference, any Error> = Result {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let path = "/\(folder)/Fixtures/reference.json"
        return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: URL(filePath: path)))
    }
}

/// Whether two numbers agree to nine digits, or are next to zero alike.
func agree(_ left: Double, _ right: Double) -> Bool { abs(left - right) <= 1e-9 * max(1, abs(right)) }
