/// A function at an address, as a person knows it.
package struct SourceFrame: Hashable, Sendable {
    /// Demangled and folded to the function that somebody wrote.
    package var name: String
    /// As it stands in the symbol table or in the debug information.
    package var systemName: String
    /// Source file, absolute where the compiler recorded its directory; empty when unknown.
    package var file: String
    /// Line in `file`; 0 when unknown.
    package var line: Int
    /// Line of the declaration; 0 when unknown.
    package var startLine: Int
    /// Whether the compiler inlined it into the next frame.
    package var isInlined: Bool

    package init(
        name: String, systemName: String, file: String = "", line: Int = 0, startLine: Int = 0,
        isInlined: Bool = false
    ) {
        self.name = name
        self.systemName = systemName
        self.file = file
        self.line = line
        self.startLine = startLine
        self.isInlined = isInlined
    }
}
