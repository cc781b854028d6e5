import ArgumentParser

/// A format and the file that it is written to: `junit=gate.xml`.
struct FormatFile: ExpressibleByArgument {
    var format: String
    var file: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "=") else { return nil }
        format = String(argument[..<equals])
        file = String(argument[argument.index(after: equals)...])
        if format.isEmpty || file.isEmpty { return nil }
    }
}
