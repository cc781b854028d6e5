/// What a report sums up by.
package enum Dimension: Hashable, Sendable {
    case function
    case line
    case module
    /// A label of the samples, such as `thread`, `process`, `task`, `type`.
    case label(String)

    /// Any name is a dimension: what is not a part of a frame is a label.
    package init(name: String) {
        switch name {
        case "function", "functions": self = .function
        case "line", "lines": self = .line
        case "module", "modules", "mapping": self = .module
        case "tid": self = .label(LabelKey.thread)
        case "pid": self = .label(LabelKey.process)
        default: self = .label(name)
        }
    }

    /// As `--by` takes it.
    package var name: String {
        switch self {
        case .function: "function"
        case .line: "line"
        case .module: "module"
        case .label(let key): key
        }
    }

    /// Whether it stands for a property of whole samples instead of their frames.
    package var isLabel: Bool {
        if case .label = self { true } else { false }
    }
}
