import CPerfSymbols
import Glibc

/// Turns linkage names into what people wrote, whatever the language.
///
/// The demanglers of Swift and C++ are not made for hostile names and may crash: only the worker process calls
/// ``name(for:)``.
package enum Demangler {
    /// Longer names stay as they are.
    package static let longestName = 16 << 10
    private static let longestResult = 32 << 10

    /// Whether the name is mangled in a scheme that is known here; a cheap look at its first characters.
    package static func isMangled(_ name: String) -> Bool {
        let bytes = name.utf8
        return SwiftName.isMangled(name) || bytes.starts(with: "_Z".utf8) || bytes.starts(with: "_R".utf8)
            || bytes.starts(with: "__Z".utf8)
    }

    /// The demangled name; the name itself, without compilers' suffixes, when it is not mangled.
    package static func name(for symbol: String) -> String {
        guard symbol.utf8.count <= longestName else { return symbol }
        let base = CompilerSuffix.removed(from: symbol)
        let result = demangled(base) ?? base
        return result.utf8.count <= longestResult ? result : base
    }

    private static func demangled(_ name: String) -> String? {
        if SwiftName.isMangled(name) { return SwiftName.demangled(name) }
        if name.utf8.starts(with: "_R".utf8) { return RustV0Name.demangled(name) }
        if name.utf8.starts(with: "_Z".utf8) { return RustLegacyName.demangled(name) ?? cxx(name) }
        return nil
    }

    private static func cxx(_ name: String) -> String? {
        // SAFETY: the argument is a terminated string for the call; the result is null or a terminated string from
        // malloc, which is copied and then freed once.
        guard let text = unsafe pd_cxx_demangle(name) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }
}
