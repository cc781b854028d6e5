import PerfModel

/// What is wrong with a text of metrics.
package struct ExpositionError: UserFacingError, Hashable {
    /// From 1.
    package var line: Int
    /// What is wrong there.
    package var reason: String
    /// The beginning of the line, without control characters.
    package var text: String

    /// - Parameters:
    ///   - line: from 1.
    ///   - reason: what is wrong there.
    ///   - bytes: the line.
    init(line: Int, reason: String, bytes: ArraySlice<UInt8>) {
        self.line = line
        self.reason = reason
        // Enough to find it; a page of HTML in place of metrics would fill the screen.
        text = String(decoding: bytes.prefix(60), as: UTF8.self).printable
    }

    package var summary: String {
        let shown = text.isEmpty ? "" : ": '\(text)'"
        return "line \(line) of the metrics: \(reason)\(shown)"
    }

    package var remedy: String? { "correct the path: it should serve the text format of Prometheus, or OpenMetrics" }
}
