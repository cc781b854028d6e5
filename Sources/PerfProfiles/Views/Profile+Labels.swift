/// The thread that a sample was taken on, as its labels tell.
package struct ThreadIdentity: Hashable, Sendable {
    /// Nil when the profile does not say.
    package var threadID: Int64?
    /// Empty when the profile does not say.
    package var name: String
    package var processID: Int64?
    package var process: String

    /// For people: `"worker (tid 4711)"`.
    package var label: String {
        switch (name.isEmpty, threadID) {
        case (false, let id?): "\(name) (tid \(id))"
        case (false, nil): name
        case (true, let id?): "tid \(id)"
        case (true, nil): "unknown thread"
        }
    }
}

extension Profile {
    /// The first text under `key` in a set of labels.
    package func text(_ key: String, in labelSet: Int) -> String? {
        for label in labelSets[labelSet] where label.key == key {
            if case .text(let text) = label.value { return text }
        }
        return nil
    }

    /// The first number under `key` in a set of labels.
    package func number(_ key: String, in labelSet: Int) -> Int64? {
        for label in labelSets[labelSet] where label.key == key {
            if case .number(let number, _) = label.value { return number }
        }
        return nil
    }

    /// Whether there are waits among its samples.
    package var hasWaits: Bool {
        labelSets.indices.contains { text(LabelKey.wait, in: $0) != nil }
    }

    /// The thread of a set of labels; nil when no label names one.
    package func thread(in labelSet: Int) -> ThreadIdentity? {
        // Other tools write `thread` as a name or as a number, and some call it `thread_id`.
        let id =
            number(LabelKey.threadID, in: labelSet) ?? number("thread_id", in: labelSet)
            ?? number(LabelKey.thread, in: labelSet)
        let name = text(LabelKey.thread, in: labelSet) ?? text("thread_name", in: labelSet)
        guard id != nil || name != nil else { return nil }
        return ThreadIdentity(
            threadID: id, name: name ?? "", processID: number(LabelKey.processID, in: labelSet),
            process: text(LabelKey.process, in: labelSet) ?? ""
        )
    }

    /// What a set of labels says under a dimension, for people; nil when it says nothing.
    package func labelText(_ key: String, in labelSet: Int) -> String? {
        switch key {
        case LabelKey.thread:
            return thread(in: labelSet)?.label
        case LabelKey.process:
            let id = number(LabelKey.processID, in: labelSet)
            guard let name = text(LabelKey.process, in: labelSet) else { return id.map { "pid \($0)" } }
            return id.map { "\(name) (pid \($0))" } ?? name
        default:
            for label in labelSets[labelSet] where label.key == key {
                switch label.value {
                case .text(let text): return text
                case .number(let number, let unit): return unit.isEmpty ? "\(number)" : "\(number) \(unit)"
                }
            }
            return nil
        }
    }

    /// The names that `--by` takes for this profile.
    package var dimensionNames: [String] {
        var keys: Set<String> = []
        for sample in samples where sample.labelSet != 0 { keys.formUnion(labelSets[sample.labelSet].map(\.key)) }
        var names = ["function", "line", "module"]
        if keys.remove(LabelKey.threadID) != nil { keys.insert(LabelKey.thread) }
        if keys.remove(LabelKey.processID) != nil { keys.insert(LabelKey.process) }
        names += keys.sorted()
        return names
    }
}
