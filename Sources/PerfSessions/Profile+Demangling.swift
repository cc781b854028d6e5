import PerfProfiles
import PerfSymbols

extension Profile {
    /// Demangles the names of functions that another tool left mangled, as perf does with Swift's.
    ///
    /// perfdoctor's own recordings have demangled names beside the mangled ones already. A helper is started only where
    /// there is something to demangle.
    package mutating func demangleNames() {
        guard extras == nil else { return }
        let names = Symbolizer().demangled(functions.lazy.map { $0.name })
        guard !names.isEmpty else { return }
        for index in functions.indices {
            guard let name = names[functions[index].name] else { continue }
            if functions[index].systemName.isEmpty { functions[index].systemName = functions[index].name }
            functions[index].name = name
        }
    }
}
