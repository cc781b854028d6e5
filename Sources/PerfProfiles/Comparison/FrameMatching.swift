/// Which frames of two builds' views are the same function, whatever the builds call them.
struct FrameMatching {
    /// Distinct functions of all views.
    private(set) var functions: [ComparedFrame] = []
    /// For each frame of each view before its index into `functions`.
    private(set) var before: [[Int]]
    /// For each frame of each view after its index into `functions`.
    private(set) var after: [[Int]]

    /// Names that stand on both sides are left as they are.
    ///
    /// Where one side has a name that the other has not, all names that differ only in what compilers number anew are
    /// one function: after a new closure, each later one has the number of its neighbour, so that equal names would
    /// mislead.
    init(_ first: [ProfileView], _ second: [ProfileView]) {
        let firstNames = first.map(Self.names)
        let secondNames = second.map(Self.names)
        let comparable = Dictionary(
            Set(firstNames.joined()).union(secondNames.joined()).map { ($0, ComparableName.of($0)) },
            uniquingKeysWith: { left, _ in left })
        var groups: [String: (first: Set<String>, second: Set<String>)] = [:]
        for name in firstNames.joined() { groups[comparable[name] ?? name, default: ([], [])].first.insert(name) }
        for name in secondNames.joined() { groups[comparable[name] ?? name, default: ([], [])].second.insert(name) }
        func key(_ name: String) -> String {
            let common = comparable[name] ?? name
            guard let group = groups[common] else { return name }
            // One build alone has them: nothing to match, and their own names say more.
            if group.first.isEmpty || group.second.isEmpty { return name }
            return group.first == group.second ? name : common
        }
        var index: [String: Int] = [:]
        var functions: [ComparedFrame] = []
        func intern(_ frame: ProfileView.Frame, _ name: String) -> Int {
            let key = key(name)
            if let known = index[key] { return known }
            index[key] = functions.count
            functions.append(ComparedFrame(key, frame))
            return functions.count - 1
        }
        // The newer build says where a function is today.
        after = zip(second, secondNames).map { view, names in zip(view.frames, names).map(intern) }
        before = zip(first, firstNames).map { view, names in zip(view.frames, names).map(intern) }
        self.functions = functions
    }

    private static func names(of view: ProfileView) -> [String] {
        view.frames.map { name(of: $0, by: view.dimension) }
    }

    private static func name(of frame: ProfileView.Frame, by dimension: Dimension) -> String {
        switch dimension {
        case .module: frame.name.lastPathComponent
        case .line: frame.line > 0 ? "\(frame.name) at \(frame.file.lastPathComponent):\(frame.line)" : frame.name
        default: frame.name
        }
    }
}

/// A function, line or module that two profiles are compared by.
package struct ComparedFrame: Hashable, Sendable {
    /// As both profiles have it, or what their names have in common.
    package var name: String
    package var file: String
    /// 0 when unknown.
    package var line: Int
    /// Path of the image; empty when unknown.
    package var module: String

    init(_ name: String, _ frame: ProfileView.Frame) {
        self.name = name
        file = frame.file
        line = frame.line
        module = frame.module
    }
}
