import PerfModel
import PerfProfiles

/// What a page shows of leaks: each cause with a picture of its cycle.
///
/// Assets/leakspanel.js is its reader.
struct HTMLLeaks {
    private let text: HeapLeaksText

    /// Most people stop reading before.
    private static let mostCauses = 200

    init(_ leaks: HeapLeaks, layout: Report.Layout) {
        text = HeapLeaksText(leaks, layout: layout)
    }

    /// Writes the value of the key `leaks`.
    func write(to json: inout JSONText) {
        json.raw("{\"nothing\":")
        json.string(text.nothing)
        json.field("causes_in_all", text.causes.count)
        json.raw(",\"causes\":")
        json.list(text.causes.prefix(Self.mostCauses)) { json, cause in write(cause, to: &json) }
        for (key, lines) in [
            ("remedies", text.remedies), ("suppressed", text.suppressed), ("seen", text.cost),
        ] as [(StaticString, [String])] {
            json.raw(",")
            json.key(key)
            json.list(lines) { $0.string($1.printable) }
        }
        json.raw("}")
    }

    private func write(_ cause: HeapLeaksText.Cause, to json: inout JSONText) {
        json.raw("{\"kind\":")
        json.string(cause.kind)
        json.field("times", cause.times)
        json.field("count", cause.count)
        json.field("bytes", cause.bytes)
        json.field("objects", cause.objectCount)
        json.raw(",\"site\":")
        json.string((text.site(of: cause) ?? "").printable)
        // Empty for what is no object, and for fields that nobody knows.
        let steps = cause.kind == "cycle" ? cause.path : [HeapLeaks.Step(type: cause.type, field: nil)]
        json.raw(",\"steps\":")
        json.list(steps) { json, step in
            json.list([step.type ?? "", step.field ?? ""]) { $0.string($1.printable) }
        }
        json.raw("}")
    }
}
