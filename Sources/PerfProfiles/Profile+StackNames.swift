import PerfModel

extension Profile {
    /// Names of a stack's functions, outermost first, inlined ones included.
    ///
    /// - Parameter locations: leaf first.
    /// - Returns: for a place without a name its module and address.
    package func names(ofStack locations: [Int]) -> [String] {
        locations.reversed().flatMap { index -> [String] in
            let location = self.locations[index]
            guard !location.lines.isEmpty else {
                let module = location.mapping.map { mappings[$0].file.lastPathComponent } ?? ""
                let address = "0x" + String(location.address, radix: 16)
                return [module.isEmpty ? address : "\(module)+\(address)"]
            }
            return location.lines.reversed().map { functions[$0.function].name }
        }
    }
}
