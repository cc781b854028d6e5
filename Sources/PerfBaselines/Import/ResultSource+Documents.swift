import PerfModel

extension ResultSource {
    /// What a document of perfdoctor says that it does not know.
    func unmeasured() throws(ReadingProblem) -> [Unmeasured] {
        guard json["unmeasured"].isPresent else { return [] }
        var all: [Unmeasured] = []
        for node in try json["unmeasured"].elements() {
            all.append(
                Unmeasured(
                    id: try node["id"].string(), reason: try node["reason"].string(),
                    remedy: try node["remedy"].stringIfKnown() ?? ""))
        }
        return all
    }

    /// When and for how long was measured, and the doubts.
    func readEnvelope(into result: inout BenchmarkResult) throws(ReadingProblem) {
        result.startedAt = try json["started_at"].stringIfKnown().flatMap(InternetTime.nanosecondsSince1970)
        result.duration = try json["duration_ns"].amountIfKnown().map { .nanoseconds(Int64(min($0, 9e18))) }
        guard json["warnings"].isPresent else { return }
        for node in try json["warnings"].elements() {
            result.warnings.append(
                Warning(
                    code: try node["code"].string(), message: try node["message"].string(),
                    remedy: try node["remedy"].stringIfKnown() ?? ""))
        }
    }
}

extension JSONNode {
    /// The command that a recording was of, else a name of the file.
    func targetName(orElse name: String) throws(ReadingProblem) -> String {
        let target = self["target"]
        if case .string(let text) = target.value, !text.isEmpty { return text }
        for key in ["command", "name", "process"] {
            if case .string(let text) = target[key].value, !text.isEmpty { return text }
            guard case .array(let words) = target[key].value, case .string(let first)? = words.first, !first.isEmpty
            else { continue }
            return String(first.split(separator: "/").last ?? Substring(first))
        }
        return name
    }
}
