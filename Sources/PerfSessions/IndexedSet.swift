import PerfProfiles
import PerfSymbols

/// Distinct values, numbered in the order of their first appearance.
struct IndexedSet<Element: Hashable> {
    private(set) var elements: [Element] = []
    private var indices: [Element: Int] = [:]

    mutating func index(of element: Element) -> Int {
        if let known = indices[element] { return known }
        elements.append(element)
        indices[element] = elements.count - 1
        return elements.count - 1
    }
}

extension IndexedSet where Element == Profile.Function {
    /// The lines of a location whose frames were looked up.
    mutating func lines(of sources: [SourceFrame]) -> [Profile.Line] {
        sources.map { source in
            Profile.Line(
                function: index(
                    of: Profile.Function(
                        name: source.name, systemName: source.systemName, file: source.file,
                        startLine: source.startLine
                    )
                ),
                line: source.line
            )
        }
    }
}
