/// Reads the text format of Prometheus (0.0.4, and the quoted names of 1.0.0) or OpenMetrics 1.0, line by line.
///
/// It reads a line only when it is asked for: of a large exposition nothing is kept but what its reader keeps. Blanks
/// that OpenMetrics forbids are taken. Source: "Exposition formats", prometheus.io/docs; the OpenMetrics
/// specification 1.0.
package struct ExpositionParser {
    package enum Syntax: Hashable, Sendable {
        case prometheus, openMetrics

        /// - Parameter contentType: of the answer; nil for none.
        package init(contentType: String?) {
            let kind = contentType?.lowercased() ?? ""
            self = kind.contains("application/openmetrics-text") ? .openMetrics : .prometheus
        }
    }

    private let bytes: [UInt8]
    private let syntax: Syntax
    private var position = 0
    private var line = 0
    private var hasEnded = false
    /// A label's value is no longer.
    private static let longestText = 1 << 16
    private static let mostLabels = 256

    package init(_ bytes: [UInt8], syntax: Syntax) {
        self.bytes = bytes
        self.syntax = syntax
    }

    /// The next line that says something; comments and empty ones do not.
    ///
    /// - Returns: nil after the last one.
    /// - Throws: what is wrong with a line; of OpenMetrics also that the end is missing. Nothing follows then.
    package mutating func next() throws(ExpositionError) -> ExpositionLine? {
        while position < bytes.count {
            line += 1
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var text = bytes[position..<end]
            position = end + 1
            while let last = text.last, Self.isBlank(last) || last == UInt8(ascii: "\r") { text.removeLast() }
            var cursor = ExpositionCursor(text, line: line)
            cursor.skipBlanks()
            guard !cursor.isAtEnd else { continue }
            guard !hasEnded else {
                position = bytes.count
                throw cursor.error("something follows # EOF")
            }
            do throws(ExpositionError) {
                if cursor.take(UInt8(ascii: "#")) {
                    guard let comment = try Self.comment(&cursor) else { continue }
                    if comment == .end { hasEnded = true }
                    return comment
                }
                return .sample(try Self.sample(&cursor))
            } catch {
                position = bytes.count
                hasEnded = true
                throw error
            }
        }
        if syntax == .openMetrics, !hasEnded {
            hasEnded = true
            throw ExpositionError(line: line + 1, reason: "it ends without # EOF: it was cut off", bytes: [])
        }
        return nil
    }

    // MARK: Lines

    private static func comment(_ cursor: inout ExpositionCursor) throws(ExpositionError) -> ExpositionLine? {
        guard cursor.skipBlanks() else { return nil }
        switch cursor.word() {
        case "EOF": return cursor.isAtEnd ? .end : nil
        case "TYPE":
            let name = try describedName(&cursor)
            let word = cursor.word()
            guard let type = MetricType(rawValue: word.lowercased()) else {
                throw cursor.error("'\(String(word.prefix(20)))' is no type of metric")
            }
            cursor.skipBlanks()
            guard cursor.isAtEnd else { throw cursor.error("something follows the type") }
            return .type(name: name, type)
        case "HELP":
            let name = try describedName(&cursor)
            return .help(name: name, cursor.unescapedRest())
        case "UNIT":
            let name = try describedName(&cursor)
            return .unit(name: name, cursor.unescapedRest())
        default: return nil
        }
    }

    private static func describedName(_ cursor: inout ExpositionCursor) throws(ExpositionError) -> String {
        cursor.skipBlanks()
        let name =
            cursor.peek == UInt8(ascii: "\"")
            ? try cursor.quoted(atMost: longestText) : cursor.name(allowsColon: true)
        guard !name.isEmpty else { throw cursor.error("a metric's name is missing, or starts with a wrong sign") }
        guard cursor.skipBlanks() || cursor.isAtEnd else { throw cursor.error("a metric's name has a wrong sign") }
        return name
    }

    private static func sample(_ cursor: inout ExpositionCursor) throws(ExpositionError) -> MetricSample {
        var name = cursor.name(allowsColon: true)
        let hasName = !name.isEmpty
        let isFollowed = cursor.skipBlanks()
        var labels = MetricLabels()
        if cursor.peek == UInt8(ascii: "{") {
            let (quotedName, found) = try self.labels(&cursor)
            if let quotedName {
                guard !hasName else { throw cursor.error("the metric has two names") }
                name = quotedName
            }
            labels = found
        } else if hasName, !isFollowed {
            throw cursor.error(cursor.isAtEnd ? "the value is missing" : "the metric's name has a wrong sign")
        }
        guard !name.isEmpty else { throw cursor.error("no line of metrics") }
        cursor.skipBlanks()
        let value = try cursor.number("value")
        var sample = MetricSample(name: name, labels: labels, value: value, timestamp: nil, exemplar: nil)
        cursor.skipBlanks()
        if !cursor.isAtEnd, cursor.peek != UInt8(ascii: "#") {
            sample.timestamp = try cursor.number("timestamp")
            cursor.skipBlanks()
        }
        if cursor.take(UInt8(ascii: "#")) {
            cursor.skipBlanks()
            guard cursor.peek == UInt8(ascii: "{") else { throw cursor.error("the labels of the exemplar are missing") }
            let (quotedName, labels) = try self.labels(&cursor)
            guard quotedName == nil else { throw cursor.error("an exemplar has a name") }
            cursor.skipBlanks()
            var exemplar = MetricSample.Exemplar(
                labels: labels, value: try cursor.number("value of the exemplar"), timestamp: nil)
            cursor.skipBlanks()
            if !cursor.isAtEnd { exemplar.timestamp = try cursor.number("timestamp of the exemplar") }
            sample.exemplar = exemplar
            cursor.skipBlanks()
        }
        guard cursor.isAtEnd else { throw cursor.error("something follows the value") }
        return sample
    }

    /// Labels between braces; a quoted text without a value among them is the metric's name.
    private static func labels(
        _ cursor: inout ExpositionCursor
    ) throws(ExpositionError) -> (name: String?, labels: MetricLabels) {
        _ = cursor.take(UInt8(ascii: "{"))
        var (name, labels): (String?, [MetricLabels.Label]) = (nil, [])
        cursor.skipBlanks()
        while !cursor.take(UInt8(ascii: "}")) {
            guard labels.count < mostLabels else { throw cursor.error("more than \(mostLabels) labels") }
            let isQuoted = cursor.peek == UInt8(ascii: "\"")
            let key = isQuoted ? try cursor.quoted(atMost: longestText) : cursor.name(allowsColon: false)
            guard !key.isEmpty else { throw cursor.error("a label's name is missing, or has a wrong sign") }
            cursor.skipBlanks()
            if cursor.take(UInt8(ascii: "=")) {
                cursor.skipBlanks()
                guard cursor.peek == UInt8(ascii: "\"") else {
                    throw cursor.error("the value of label \(key) has no quotation mark")
                }
                let value = try cursor.quoted(atMost: longestText)
                guard !labels.contains(where: { $0.name == key }) else {
                    throw cursor.error("label \(key) is there twice")
                }
                labels.append(MetricLabels.Label(name: key, value: value))
            } else if isQuoted, name == nil {
                name = key
            } else {
                throw cursor.error("label \(key) has no value")
            }
            cursor.skipBlanks()
            if cursor.take(UInt8(ascii: ",")) {
                cursor.skipBlanks()
            } else if cursor.peek != UInt8(ascii: "}") {
                throw cursor.error("the labels do not end")
            }
        }
        return (name, MetricLabels(labels))
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
