/// Leaks that are known and not to be counted: such of a type, such that certain functions allocate, or such of both.
package struct LeakSuppression: Hashable, Sendable {
    /// Matches the type of what leaks, as the profile names it.
    package var type: NamePattern?
    /// Matches a function of the stack that allocated it.
    package var site: NamePattern?
    /// Why it is no concern; for people.
    package var reason: String?

    package init(type: NamePattern? = nil, site: NamePattern? = nil, reason: String? = nil) {
        self.type = type
        self.site = site
        self.reason = reason
    }

    /// `"type:Cache"`, `"type:Cache site:parse"`.
    package var text: String {
        [type.map { "type:\($0.text)" }, site.map { "site:\($0.text)" }].compactMap { $0 }.joined(separator: " ")
    }

    /// For each group whether it is one of these.
    func matches(_ groups: [HeapLeaks.Group]) -> [Bool] {
        guard type != nil || site != nil else { return groups.map { _ in false } }
        let (type, site) = (type?.matcher(), site?.matcher())
        return groups.map { group in
            (type.map { group.type.map($0.matches) ?? false } ?? true)
                && (site.map { site in group.stack.contains { site.matches($0) } } ?? true)
        }
    }
}

extension HeapLeaks {
    /// Takes out what is known, with all that leaks because of it.
    ///
    /// A suppression is held against heads alone: what something else keeps leaks because of that.
    ///
    /// - Parameters:
    ///   - suppressions: the first that matches counts.
    ///   - causes: for each group which head leaks it, itself included; the members of a cycle have the same.
    package mutating func suppress(_ suppressions: [LeakSuppression], causes: [Int]) {
        var left = Array(zip(groups, causes))
        for suppression in suppressions {
            let matches = suppression.matches(left.map(\.0))
            let known = Set(zip(left, matches).filter { $0.0.isHead && $1 }.map { $0.0.1 })
            let out = left.filter { known.contains($0.1) }.map(\.0)
            guard !out.isEmpty else { continue }
            left.removeAll { known.contains($0.1) }
            suppressed.append(
                Suppressed(
                    pattern: suppression.text, reason: suppression.reason,
                    count: out.reduce(0) { $0 &+ $1.count }, bytes: out.reduce(0) { $0 &+ $1.bytes }))
        }
        groups = left.map(\.0)
    }
}
