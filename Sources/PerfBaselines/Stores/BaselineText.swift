import PerfModel

/// The text of a baseline's file: JSON that people can review, with a checksum.
///
/// The document is that of the kind `benchmark`; whatever fits on a line of 100 columns stands on one, a sample for
/// example. The checksum covers the document without white space and without the checksum itself.
package enum BaselineText {
    /// - Throws: when a number is not finite.
    static func encoded(_ result: BenchmarkResult) throws(DocumentError) -> (text: [UInt8], checksum: String) {
        var result = result
        var provenance = result.provenance ?? BenchmarkResult.Provenance()
        provenance.sha256 = nil
        result.provenance = provenance
        let checksum = SHA256.hexadecimal(of: minified(try BenchmarkDocument.encoded(result)))
        result.provenance?.sha256 = checksum
        return (pretty(minified(try BenchmarkDocument.encoded(result))), checksum)
    }

    /// The result of a text: what is not a whole baseline, as it was saved, is refused.
    ///
    /// - Parameters:
    ///   - bytes: of a file, or of a database.
    ///   - location: where they are from.
    /// - Returns: what it holds.
    /// - Throws: why it cannot be trusted.
    package static func checked(_ bytes: [UInt8], at location: String) throws(BaselineStoreError) -> BenchmarkResult {
        guard bytes.count <= FileBaselineStore.limitBytes else { throw .tooLarge(path: location) }
        let result: BenchmarkResult
        do throws(BenchmarkDocumentError) {
            result = try BenchmarkDocument.parsed(bytes, file: location)
        } catch {
            let reason =
                switch error {
                case .notJSON(_, let reason), .malformed(_, let reason): reason
                case .noSchema: "it has no schema"
                case .otherSchema(_, let schema): "its schema is '\(schema)', not perfdoctor.benchmark/1"
                }
            throw .broken(path: location, reason: reason)
        }
        // Objectives alone may be written by hand: there is no measurement that could be another one.
        let isWrittenByHand =
            result.series.isEmpty && result.diagnosis == nil && result.provenance?.sha256 == nil
        if !isWrittenByHand, let problem = problem(with: bytes, checksum: result.provenance?.sha256) {
            throw .broken(path: location, reason: problem)
        }
        return result
    }

    /// What is wrong with a file whose document states a checksum; nil for nothing.
    static func problem(with text: [UInt8], checksum: String?) -> String? {
        guard let checksum else { return "it has no checksum (provenance.sha256)" }
        let document = minified(text)
        let field = Array("\"sha256\":\"\(checksum)\"".utf8)
        guard let place = document.lastRange(of: field) else { return "its checksum is not where it should be" }
        var start = place.lowerBound
        if start > 0, document[start - 1] == UInt8(ascii: ",") { start -= 1 }
        let rest = Array(document[..<start] + document[place.upperBound...])
        guard SHA256.hexadecimal(of: rest) == checksum else {
            return "it was changed by hand or damaged: its checksum is another one"
        }
        return nil
    }

    /// JSON without white space between its parts.
    static func minified(_ json: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(json.count)
        var isText = false
        var isEscaped = false
        for byte in json {
            if isText {
                result.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
            } else if ![0x20, 0x09, 0x0A, 0x0D].contains(byte) {
                result.append(byte)
                isText = byte == UInt8(ascii: "\"")
            }
        }
        return result
    }

    private static let columns = 100

    /// JSON with a line for each part that fits on one; ends in a newline.
    ///
    /// - Parameter json: minified.
    /// - Returns: the same document.
    static func pretty(_ json: [UInt8]) -> [UInt8] {
        let ends = ends(of: json)
        var result: [UInt8] = []
        var indentation = 0
        var index = 0
        func newLine() {
            result.append(0x0A)
            result += Array(repeating: 0x20, count: indentation)
        }
        while index < json.count {
            let byte = json[index]
            switch byte {
            case UInt8(ascii: "\""):
                let end = textEnd(json, index)
                result += json[index..<end]
                index = end
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let end = ends[index] ?? json.count
                if end - index <= columns - indentation, indentation > 0 {
                    result += json[index..<end]
                    index = end
                } else {
                    result.append(byte)
                    indentation += 1
                    newLine()
                    index += 1
                }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                indentation -= 1
                newLine()
                result.append(byte)
                index += 1
            case UInt8(ascii: ","):
                result.append(byte)
                newLine()
                index += 1
            case UInt8(ascii: ":"):
                result += [byte, 0x20]
                index += 1
            default:
                result.append(byte)
                index += 1
            }
        }
        result.append(0x0A)
        return result
    }

    /// Where each object and array ends, by where it begins.
    private static func ends(of json: [UInt8]) -> [Int: Int] {
        var ends: [Int: Int] = [:]
        var open: [Int] = []
        var index = 0
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: "\""):
                index = textEnd(json, index)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(index)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): if let start = open.popLast() { ends[start] = index + 1 }
            default: break
            }
            index += 1
        }
        return ends
    }

    /// Behind the closing quote of a text.
    private static func textEnd(_ json: [UInt8], _ start: Int) -> Int {
        var index = start + 1
        while index < json.count, json[index] != UInt8(ascii: "\"") {
            index += json[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, json.count)
    }
}

extension [UInt8] {
    /// Where some bytes stand for the last time.
    fileprivate func lastRange(of bytes: [UInt8]) -> Range<Int>? {
        guard count >= bytes.count else { return nil }
        return stride(from: count - bytes.count, through: 0, by: -1).first {
            self[$0] == bytes[0] && self[$0...].starts(with: bytes)
        }
        .map { $0..<($0 + bytes.count) }
    }
}
