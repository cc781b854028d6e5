/// The name of a nominal type from its module down, with the generic arguments of each level.
struct SwiftNominalName: Hashable, Sendable {
    struct Level: Hashable, Sendable {
        var text: String
        /// How many generic parameters this level adds.
        var parameterCount = 0
        var arguments: [String] = []
        /// Modules and private contexts take no arguments.
        var isType = true
    }

    var levels: [Level]

    var text: String {
        levels.map { $0.arguments.isEmpty ? $0.text : $0.text + "<" + $0.arguments.joined(separator: ", ") + ">" }
            .joined(separator: ".")
    }

    /// Arguments as metadata has them: those of all levels in one list.
    func binding(_ arguments: [String]) -> SwiftNominalName {
        var result = self
        var position = 0
        for index in result.levels.indices {
            let end = min(arguments.count, position + result.levels[index].parameterCount)
            result.levels[index].arguments = Array(arguments[position..<end])
            position = end
        }
        return result
    }

    /// Arguments as mangled names have them: a list for each level, the innermost first.
    func binding(lists: [[String]]) -> SwiftNominalName {
        var result = self
        var rest = lists[...]
        for index in result.levels.indices.reversed() where result.levels[index].isType {
            guard let list = rest.popFirst() else { break }
            result.levels[index].arguments = list
        }
        return result
    }
}
