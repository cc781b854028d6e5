import CPerfSymbols
import Glibc

/// Demangles Swift names and folds what the compiler made of a function into the function that a person wrote.
///
/// One async function becomes a chain of funclets, one generic function many specializations, one closure a forwarder
/// and a body; in a profile each of them stands for the same lines of source.
enum SwiftName {
    /// Nil when the runtime does not know the name.
    static func demangled(_ name: String) -> String? {
        // Behind a dot stands what LLVM appended: .resume.0, .llvm.123, .25.
        let mangled = name.prefix { $0 != "." }
        guard let text = runtimeText(of: String(mangled)) else { return nil }
        return folded(SwiftSugar.sugared(text))
    }

    static func isMangled(_ name: String) -> Bool {
        let bytes = name.utf8
        return bytes.starts(with: "$s".utf8) || bytes.starts(with: "$S".utf8) || bytes.starts(with: "$e".utf8)
            || bytes.starts(with: "_T0".utf8) || bytes.starts(with: "_$s".utf8) || bytes.starts(with: "_$S".utf8)
    }

    private static func runtimeText(of mangled: String) -> String? {
        // SAFETY: the argument is a terminated string for the call; the result is null or a terminated string from
        // malloc, which is copied and then freed once.
        guard let text = unsafe pd_swift_demangle(mangled) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// Descriptions that stand before the function they belong to.
    private static let prefixes = [
        "merged ", "partial apply forwarder for ", "partial apply ObjC forwarder for ", "dispatch thunk of ",
        "curry thunk of ", "back deployment thunk for ", "back deployment fallback for ", "distributed thunk ",
        "default override of ", "@objc ", "@nonobjc ",
    ]
    /// The same, with details in angle brackets and `of` behind them.
    private static let specializations = [
        "generic specialization <", "generic not re-abstracted specialization <", "generic partial specialization <",
        "generic partial not re-abstracted specialization <", "generic pre-specialization <",
        "function signature specialization <", "inlined generic function <",
    ]

    /// The name of the function that a person wrote; a thunk that belongs to none keeps its description.
    static func folded(_ text: String) -> String {
        var rest = Substring(text)
        while let shorter = unwrapped(rest), !shorter.isEmpty { rest = shorter }
        return String(rest)
    }

    private static func unwrapped(_ text: Substring) -> Substring? {
        for prefix in prefixes where text.utf8.starts(with: prefix.utf8) {
            return text.dropFirst(prefix.count)
        }
        for prefix in specializations where text.utf8.starts(with: prefix.utf8) {
            return subject(ofSpecialization: text.dropFirst(prefix.count))
        }
        if text.utf8.starts(with: "vtable thunk for ".utf8) {
            return suffix(of: text, behindFirst: " dispatching to ")
        }
        return unwrappedFunclet(text)
    }

    /// `(1) suspend resume partial function for f() async -> ()`.
    private static func unwrappedFunclet(_ text: Substring) -> Substring? {
        guard text.utf8.first == UInt8(ascii: "(") else { return nil }
        let number = text.dropFirst().prefix { $0.isASCII && $0.isNumber }
        let behind = text[number.endIndex...]
        guard !number.isEmpty else { return nil }
        for prefix in [") await resume partial function for ", ") suspend resume partial function for "]
        where behind.utf8.starts(with: prefix.utf8) {
            return behind.dropFirst(prefix.count)
        }
        return nil
    }

    /// What follows the matching bracket and ` of `.
    ///
    /// Arrows do not close a bracket. An operator in the details can still upset the count; then the first `> of `
    /// has to do.
    private static func subject(ofSpecialization text: Substring) -> Substring? {
        var depth = 1
        var previous: UInt8 = 0
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if byte == UInt8(ascii: "<") { depth += 1 }
            if byte == UInt8(ascii: ">") && previous != UInt8(ascii: "-") { depth -= 1 }
            if depth == 0 {
                let behind = text[index...]
                if behind.utf8.starts(with: "> of ".utf8) { return behind.dropFirst("> of ".count) }
                break
            }
            previous = byte
        }
        return suffix(of: text, behindFirst: "> of ")
    }

    private static func suffix(of text: Substring, behindFirst separator: String) -> Substring? {
        let wanted = Array(separator.utf8)
        let bytes = text.utf8
        for index in bytes.indices where bytes[index] == wanted[0] && bytes[index...].starts(with: wanted) {
            return text[bytes.index(index, offsetBy: wanted.count)...]
        }
        return nil
    }
}
