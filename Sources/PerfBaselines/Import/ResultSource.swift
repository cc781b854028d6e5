import PerfModel

/// A file of results whose form is not known yet.
package struct ResultSource: Sendable {
    /// As the user named it.
    package let file: String
    /// Nil for what is no text (UTF-8).
    package let text: String?
    /// Absent for what is no JSON.
    package let json: JSONNode
    /// Why it is no JSON; nil for what is.
    package let jsonProblem: ReadingProblem?
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
        text = String(validating: bytes, as: UTF8.self)
        do throws(ReadingProblem) {
            json = JSONNode(try JSONValue.parsed(bytes))
            jsonProblem = nil
        } catch {
            json = JSONNode(nil)
            jsonProblem = error
        }
    }

    /// Lines of the text without their ends; none of what is JSON.
    package var lines: [Substring] { json.value == nil ? text?.split(whereSeparator: \.isNewline) ?? [] : [] }

    /// The file's name without folders and what follows the first point.
    package var name: String {
        let last = file.split(separator: "/").last.map(String.init) ?? ""
        let stem = String(last.prefix { $0 != "." })
        return stem.isEmpty || stem == "-" ? "result" : stem
    }

    /// Of a document of perfdoctor its kind: `"benchmark"` for `perfdoctor.benchmark/1`; nil for others.
    package var documentKind: String? {
        guard case .string(let schema) = json["schema"].value, schema.hasPrefix("perfdoctor.") else { return nil }
        return String(schema.dropFirst("perfdoctor.".count).prefix { $0 != "/" })
    }

    /// Refuses a version of a document that this program does not know.
    package func checkVersion() throws(ReadingProblem) {
        guard let kind = documentKind else { return }
        let schema = try json["schema"].string()
        guard schema == "perfdoctor.\(kind)/1" else {
            throw ReadingProblem(place: "schema", reason: "'\(schema)' is another version than perfdoctor.\(kind)/1")
        }
    }
}
