import PerfModel

extension ElfImage {
    /// Where functions are that the image exports by these names; what it only imports is not among them.
    ///
    /// - Parameter names: without versions.
    /// - Returns: addresses as the linker gave them.
    package func exportedFunctions(_ names: Set<String>) -> [String: ImageAddress] {
        SymbolSource.exports(of: self)?.functions(names) ?? [:]
    }
}
