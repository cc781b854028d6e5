/// Reads the text of a ``SLOExpression`` from left to right.
struct SLOParser {
    private let text: String
    private let characters: [Character]
    private let metrics: [SLOExpression.Metric]
    private var index = 0

    init(_ text: String, metrics: [SLOExpression.Metric]) {
        self.text = text
        self.metrics = metrics
        characters = Array(text)
    }

    mutating func expression() throws(SLOExpressionError) -> SLOExpression {
        skipBlanks()
        guard index < characters.count else { throw error(.empty) }
        var selector: String?
        // A colon may be part of a name, and never stands in what follows it.
        if let colon = characters.lastIndex(of: ":") {
            let name = String(String(characters[index..<colon]).trimmedOfBlanks)
            selector = name.isEmpty ? nil : name
            index = colon + 1
            skipBlanks()
        }
        let (metric, statistic) = try metric()
        skipBlanks()
        let comparator = try comparator()
        skipBlanks()
        let name = metric ?? statistic.name ?? ""
        // The latency and the wall time are times.
        let expected = metric.flatMap { name in metrics.first { $0.name == name }?.unit } ?? "ns"
        let limit = try limit(of: name, unit: expected)
        return SLOExpression(
            text: String(text.trimmedOfBlanks), selector: selector, metric: metric, statistic: statistic,
            comparator: comparator, limit: limit, unit: expected)
    }

    private mutating func metric() throws(SLOExpressionError) -> (String?, SLOExpression.Statistic) {
        let start = index
        while index < characters.count, !Self.isBlank(characters[index]), !"<>=!".contains(characters[index]) {
            index += 1
        }
        let word = String(characters[start..<index])
        guard !word.isEmpty else { throw error(.noMetric) }
        if metrics.contains(where: { $0.name == word }) { return (word, .typical) }
        if let percentile = try Self.percentile(word, or: error(.wrongPercentile(word), at: start)) {
            return (nil, .percentile(percentile))
        }
        // A metric's name may have points, and so has p99.9: the longest name that is known counts.
        for dot in word.indices.reversed() where word[dot] == "." {
            let name = String(word[..<dot])
            guard metrics.contains(where: { $0.name == name }) else { continue }
            let suffix = String(word[word.index(after: dot)...])
            let place = start + word.distance(from: word.startIndex, to: dot) + 1
            if let statistic = Self.statistics[suffix] { return (name, statistic) }
            if let ratio = try Self.percentile(suffix, or: error(.wrongPercentile(suffix), at: place)) {
                return (name, .percentile(ratio))
            }
            throw error(.unknownMetric(suffix, known: Self.statistics.keys.sorted() + ["p95", "p99"]), at: place)
        }
        throw error(.unknownMetric(word, known: metrics.map(\.name).sorted()), at: start)
    }

    private static let statistics: [String: SLOExpression.Statistic] = [
        "median": .median, "mean": .mean, "min": .minimum, "max": .maximum,
    ]

    /// A percentile's ratio: of `p95`, `p99.9`, and `p999`, which is the same; nil for what is none.
    private static func percentile(
        _ word: String, or error: SLOExpressionError
    ) throws(SLOExpressionError) -> Double? {
        let digits = word.dropFirst()
        guard word.first == "p", !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") })
        else { return nil }
        var number = String(digits)
        if digits.count > 2, digits.allSatisfy({ $0 == "9" }) { number = "99." + digits.dropFirst(2) }
        // The exponent divides without rounding.
        guard let ratio = Double(number + "e-2"), ratio > 0, ratio < 1 else { throw error }
        return ratio
    }

    private mutating func comparator() throws(SLOExpressionError) -> SLOExpression.Comparator {
        let start = index
        while index < characters.count, "<>=!".contains(characters[index]) { index += 1 }
        let word = String(characters[start..<index])
        guard !word.isEmpty else { throw error(.noComparator) }
        guard let comparator = SLOExpression.Comparator(rawValue: word) else {
            throw error(.wrongComparator(word), at: start)
        }
        return comparator
    }

    /// The number, in the unit of its metric.
    private mutating func limit(of metric: String, unit expected: String) throws(SLOExpressionError) -> Double {
        let start = index
        while index < characters.count, characters[index].isASCII,
            characters[index].isNumber || ".+-_".contains(characters[index])
                || (characters[index] == "e" || characters[index] == "E") && index + 1 < characters.count
                    && (characters[index + 1].isNumber || "+-".contains(characters[index + 1]))
        {
            index += 1
        }
        let number = String(characters[start..<index])
        guard !number.isEmpty else { throw error(index < characters.count ? .wrongNumber(rest) : .noNumber) }
        guard let plain = Double(number), plain.isFinite else { throw error(.wrongNumber(number), at: start) }
        skipBlanks()
        let place = index
        let unit = rest
        if unit.isEmpty {
            // Zero is zero in every unit, and a ratio or a count needs none.
            guard plain == 0 || !["ns", "bytes", "1/s"].contains(expected) else {
                throw error(.noUnit(metric: metric, expected: expected), at: start)
            }
            return plain
        }
        guard let found = SLOUnit(unit) else {
            throw error(.unknownUnit(unit, metric: metric, expected: expected), at: place)
        }
        guard found.base == expected else {
            throw error(.wrongUnit(unit, metric: metric, expected: expected), at: place)
        }
        // A decimal factor as an exponent rounds once: 99.9% is 0.999, and not 0.9990000000000001.
        let hasExponent = number.contains("e") || number.contains("E")
        let scaled =
            hasExponent ? plain * found.power : Double("\(number)e\(found.exponent)") ?? plain * found.power
        let limit = scaled * found.factor
        guard limit.isFinite else { throw error(.wrongNumber(number), at: start) }
        return limit
    }

    private var rest: String { String(String(characters[index...]).trimmedOfBlanks) }

    private mutating func skipBlanks() {
        while index < characters.count, Self.isBlank(characters[index]) { index += 1 }
    }

    private static func isBlank(_ character: Character) -> Bool { character.isWhitespace }

    private func error(_ reason: SLOExpressionError.Reason, at place: Int? = nil) -> SLOExpressionError {
        SLOExpressionError(text: text, column: (place ?? index) + 1, reason: reason)
    }
}

extension StringProtocol {
    /// Without white space at its ends.
    fileprivate var trimmedOfBlanks: SubSequence {
        let head = drop { $0.isWhitespace }
        guard let last = head.lastIndex(where: { !$0.isWhitespace }) else {
            return head[head.startIndex..<head.startIndex]
        }
        return head[...last]
    }
}
