import PerfModel
import PerfProfiles

/// Leaks for people: what keeps what alive in circles, what was retained once too often, what was lost.
struct HeapLeaksText {
    /// What leaks for one reason.
    struct Cause {
        var kind: String
        var path: [HeapLeaks.Step]
        var type: String?
        /// How often it happened.
        var times: UInt64 = 0
        /// Objects that are part of it.
        var members: UInt64 = 0
        /// What leaks because of it.
        var count: UInt64
        var bytes: UInt64
        var stack: [String]

        /// Of each cycle; 0 for what is none.
        var objectCount: UInt64 { kind == "cycle" && times > 0 ? members / times : 0 }
    }

    let leaks: HeapLeaks
    let causes: [Cause]
    private let layout: Report.Layout

    init(_ leaks: HeapLeaks, layout: Report.Layout) {
        self.leaks = leaks
        self.layout = layout
        // The members of one circle are heads together.
        var causes: [Key: Cause] = [:]
        for group in leaks.groups where group.isHead {
            let isCircle = group.kind == "cycle"
            let key = Key(
                kind: group.kind, path: isCircle ? group.path : [], type: isCircle ? nil : group.type,
                stack: isCircle ? [] : group.stack)
            var cause =
                causes[key]
                ?? Cause(
                    kind: group.kind, path: key.path, type: group.type, count: 0, bytes: 0, stack: group.stack)
            cause.times &+= group.headCount
            cause.members &+= group.count
            cause.count &+= group.keptCount
            cause.bytes &+= group.keptBytes
            if cause.stack.isEmpty { cause.stack = group.stack }
            causes[key] = cause
        }
        self.causes = causes.values.sorted {
            ($0.bytes, $0.count, $1.kind, $1.name) > ($1.bytes, $1.count, $0.kind, $0.name)
        }
    }

    private struct Key: Hashable {
        var kind: String
        var path: [HeapLeaks.Step]
        var type: String?
        var stack: [String]
    }

    /// `"120 blocks (22.2 KiB) leak: 20 times a cycle, App.Parent.child → App.Child.parent → App.Parent"`; nil for none.
    var sentence: String? {
        guard let first = causes.first else { return nil }
        let whole = "\(Quantity.counted(Int64(clamping: leaks.count), "block")) (\(bytes(leaks.bytes)))"
        return "\(whole) leak\(leaks.count == 1 ? "s" : ""), most because of \(described(first))"
    }

    /// What is said where nothing leaks.
    var nothing: String {
        if leaks.isPartial { return "Nothing leaks of what could be seen, which is not all." }
        return leaks.suppressed.isEmpty
            ? "Nothing leaks: something refers to every block." : "Nothing leaks but what is suppressed."
    }

    func lines(limit: Int, style: TextStyle) -> [String] {
        var lines = ["", style.heading("Leaks")]
        guard !causes.isEmpty else { return lines + ["  " + nothing] + notes }
        for cause in causes.prefix(limit) {
            let head =
                "  \(bytes(cause.bytes).leftPadded(to: 10))  \(Quantity.counted(Int64(clamping: cause.count), "block"))"
            lines += TextWrap.lines(
                described(cause), width: layout.width, first: head.padded(to: 28), next: 28)
            if let site = site(of: cause) {
                lines += TextWrap.lines(
                    "allocated by \(site)", width: layout.width, first: String(repeating: " ", count: 28), next: 28)
            }
        }
        if causes.count > limit { lines.append("  \(causes.count - limit) more (--top \(causes.count) shows all)") }
        if leaks.isPartial { lines.append("  more may leak: not all could be seen") }
        for remedy in remedies { lines += TextWrap.lines(remedy, width: layout.width, first: "    next: ", next: 10) }
        return lines + notes
    }

    private var notes: [String] {
        suppressed.flatMap { TextWrap.lines($0, width: layout.width, first: "  suppressed: ", next: 14) }
            + cost.flatMap { TextWrap.lines($0, width: layout.width, first: "  seen    ", next: 10) }
    }

    /// `"7 blocks (168 B) by type:Cache: lives as long as the process"`.
    var suppressed: [String] {
        leaks.suppressed.map { known in
            "\(Quantity.counted(Int64(clamping: known.count), "block")) (\(bytes(known.bytes))) by "
                + known.pattern.printable + (known.reason.map { ": \($0.printable)" } ?? "")
        }
    }

    /// What looking cost each process.
    var cost: [String] {
        leaks.snapshots.map { snapshot in
            "process \(snapshot.pid) stood still for \(nanoseconds(snapshot.pause)) "
                + "(\(Quantity.counted(Int64(snapshot.threads), "thread"))); its copy stood for "
                + "\(nanoseconds(snapshot.lifetime)), in which it met "
                + Quantity.counted(Int64(clamping: snapshot.faults), "page fault")
        }
    }

    var remedies: [String] {
        var remedies: [String] = []
        let kinds = Set(causes.map(\.kind))
        if kinds.contains("cycle") {
            remedies.append(
                "make one reference of each cycle weak or unowned: the one that points back to an owner, a delegate, or "
                    + "self in a closure ([weak self])")
        }
        if kinds.contains("overretained") {
            remedies.append(
                "an over-retained object is retained more often than anything refers to it: balance "
                    + "Unmanaged.passRetained with release or takeRetainedValue, and what C was given")
        }
        if kinds.contains("unreachable") {
            remedies.append("unreachable memory was not freed before its last address was lost: free it")
        }
        return remedies
    }

    private func described(_ cause: Cause) -> String {
        let times = cause.times > 1 ? "\(Quantity.grouped(Int64(clamping: cause.times))) × " : ""
        switch cause.kind {
        case "cycle":
            let each = cause.objectCount
            let isLonger = each > UInt64(cause.path.count)
            return "\(times)cycle \(circle(cause.path))"
                + (isLonger ? ", \(Quantity.grouped(Int64(clamping: each))) objects" : "")
                + (isLonger && cause.times > 1 ? " each" : "")
        case "overretained": return "\(times)over-retained \(name(cause.type))"
        default: return "\(times)unreachable \(cause.type.map { readable($0) } ?? "memory that is no object")"
        }
    }

    /// `"App.Parent.child → App.Child.parent → App.Parent"`.
    private func circle(_ path: [HeapLeaks.Step]) -> String {
        let steps = path.map { step in name(step.type) + (step.field.map { ".\($0.printable)" } ?? "") }
        return (steps + [name(path.first?.type)]).joined(separator: " → ")
    }

    /// The innermost function that is the program's own; nil where nobody knows.
    func site(of cause: Cause) -> String? {
        cause.stack.last { !HeapOwner.isRuntime($0, module: "") }.map { layout.shown($0) }
    }

    private func name(_ type: String?) -> String { type.map { readable($0) } ?? "(no object)" }

    private func readable(_ type: String) -> String {
        layout.isVerbose ? layout.shown(type) : HeapTypeName.readable(layout.shown(type))
    }

    private func bytes(_ count: UInt64) -> String { Quantity.text(Int64(clamping: count), unit: "bytes") }
    private func nanoseconds(_ time: UInt64) -> String { Quantity.text(Int64(clamping: time), unit: "ns") }
}

extension HeapLeaksText.Cause {
    fileprivate var name: String { (type ?? "") + path.map { $0.type ?? "" }.joined() }
}
