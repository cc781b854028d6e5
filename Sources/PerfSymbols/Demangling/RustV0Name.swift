/// Demangles Rust's v0 scheme (RFC 2603): `_RNvCs1234_7mycrate3foo` is `mycrate::foo`.
///
/// Crate hashes and the hash-like disambiguators are dropped, as `rustc-demangle`'s short form does. Names come out
/// of untrusted files: nesting, work and output are bounded, and whatever is not a v0 name gives nil.
struct RustV0Name {
    private static let deepest = 128
    private static let longestOutput = 16 << 10
    private static let mostSteps = 20_000

    private let bytes: [UInt8]
    private var position = 0
    private var output: [UInt8] = []
    private var depth = 0
    private var steps = 0
    private var boundLifetimes: UInt64 = 0
    /// Whether text is dropped: the parent of an impl is parsed but not shown.
    private var isSilent = false

    private struct Malformed: Error {}

    static func demangled(_ name: String) -> String? {
        guard name.utf8.starts(with: "_R".utf8), name.utf8.count > 2, name.utf8.allSatisfy({ $0 < 0x80 }) else {
            return nil
        }
        var parser = RustV0Name(bytes: Array(name.utf8.dropFirst(2)))
        do throws(Malformed) {
            // A version number here would be a scheme that does not exist yet.
            guard let first = parser.bytes.first, first >= UInt8(ascii: "A"), first <= UInt8(ascii: "Z") else {
                return nil
            }
            try parser.parsePath(inValue: true)
            // The crate that instantiated a generic may follow; it is not shown.
            if parser.position < parser.bytes.count {
                parser.isSilent = true
                try parser.parsePath(inValue: false)
            }
            guard parser.position == parser.bytes.count else { return nil }
            return String(decoding: parser.output, as: UTF8.self)
        } catch {
            return nil
        }
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    // MARK: reading

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take() throws(Malformed) -> UInt8 {
        guard position < bytes.count else { throw Malformed() }
        position += 1
        return bytes[position - 1]
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func enter() throws(Malformed) {
        depth += 1
        steps += 1
        guard depth <= Self.deepest, steps <= Self.mostSteps else { throw Malformed() }
    }

    /// Digits of base 62 up to `_`: `_` is 0, `0_` is 1.
    private mutating func parseBase62() throws(Malformed) -> UInt64 {
        if take("_") { return 0 }
        var value: UInt64 = 0
        while true {
            let digit: UInt64
            switch try take() {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"):
                digit = UInt64(byte - UInt8(ascii: "0"))
            case let byte where byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"):
                digit = UInt64(byte - UInt8(ascii: "a")) + 10
            case let byte where byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"):
                digit = UInt64(byte - UInt8(ascii: "A")) + 36
            case UInt8(ascii: "_"):
                let (result, overflow) = value.addingReportingOverflow(1)
                guard !overflow else { throw Malformed() }
                return result
            default: throw Malformed()
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 62)
            let (sum, carry) = product.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw Malformed() }
            value = sum
        }
    }

    private mutating func parseOptionalBase62(_ tag: Unicode.Scalar) throws(Malformed) -> UInt64 {
        guard take(tag) else { return 0 }
        let (result, overflow) = try parseBase62().addingReportingOverflow(1)
        guard !overflow else { throw Malformed() }
        return result
    }

    /// `[s<base62>] [u] <decimal> [_] <bytes>`.
    private mutating func parseIdentifier() throws(Malformed) -> (name: [UInt8], disambiguator: UInt64) {
        let disambiguator = try parseOptionalBase62("s")
        let isPunycode = take("u")
        var length = 0
        guard let first = next, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else { throw Malformed() }
        while let digit = next, digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") {
            position += 1
            length = length * 10 + Int(digit - UInt8(ascii: "0"))
            guard length <= bytes.count else { throw Malformed() }
            if first == UInt8(ascii: "0") { break }
        }
        _ = take("_")
        guard length <= bytes.count - position else { throw Malformed() }
        let raw = Array(bytes[position..<position + length])
        position += length
        guard isPunycode else { return (raw, disambiguator) }
        let decoded = Punycode.decoded(raw) ?? (Array("punycode{".utf8) + raw + Array("}".utf8))
        return (decoded, disambiguator)
    }

    // MARK: writing

    private mutating func write(_ text: some Sequence<UInt8>) throws(Malformed) {
        guard !isSilent else { return }
        output.append(contentsOf: text)
        guard output.count <= Self.longestOutput else { throw Malformed() }
    }

    private mutating func write(_ text: String) throws(Malformed) {
        try write(text.utf8)
    }

    /// Continues at an earlier position, then returns here.
    private mutating func followBackReference(
        _ body: (inout RustV0Name) throws(Malformed) -> Void
    ) throws(Malformed) {
        let here = position - 1
        let target = try parseBase62()
        guard target < UInt64(here) else { throw Malformed() }
        // Nothing is written, so the target need not be followed.
        if isSilent { return }
        let back = position
        position = Int(target)
        try body(&self)
        position = back
    }

    // MARK: grammar

    private mutating func parsePath(inValue: Bool) throws(Malformed) {
        try enter()
        defer { depth -= 1 }
        switch try take() {
        case UInt8(ascii: "C"):
            try write(try parseIdentifier().name)
        case UInt8(ascii: "N"):
            try parseNestedPath(inValue: inValue)
        case UInt8(ascii: "M"):
            try skipImplPath()
            try write("<")
            try parseType()
            try write(">")
        case UInt8(ascii: "X"):
            try skipImplPath()
            try parseTraitImpl()
        case UInt8(ascii: "Y"):
            try parseTraitImpl()
        case UInt8(ascii: "I"):
            try parsePath(inValue: inValue)
            if inValue { try write("::") }
            try write("<")
            try parseList { (parser) throws(Malformed) in try parser.parseGenericArgument() }
            try write(">")
        case UInt8(ascii: "B"):
            try followBackReference { (parser) throws(Malformed) in try parser.parsePath(inValue: inValue) }
        default: throw Malformed()
        }
    }

    private mutating func parseNestedPath(inValue: Bool) throws(Malformed) {
        let namespace = try take()
        try parsePath(inValue: inValue)
        let (name, disambiguator) = try parseIdentifier()
        switch namespace {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"):
            try write("::{")
            switch namespace {
            case UInt8(ascii: "C"): try write("closure")
            case UInt8(ascii: "S"): try write("shim")
            default: try write([namespace])
            }
            if !name.isEmpty {
                try write(":")
                try write(name)
            }
            try write("#\(disambiguator)}")
        case UInt8(ascii: "a")...UInt8(ascii: "z"):
            guard !name.isEmpty else { return }
            try write("::")
            try write(name)
        default: throw Malformed()
        }
    }

    private mutating func skipImplPath() throws(Malformed) {
        _ = try parseOptionalBase62("s")
        let wasSilent = isSilent
        isSilent = true
        try parsePath(inValue: false)
        isSilent = wasSilent
    }

    private mutating func parseTraitImpl() throws(Malformed) {
        try write("<")
        try parseType()
        try write(" as ")
        try parsePath(inValue: false)
        try write(">")
    }

    /// Elements up to `E`, with commas between them; how many.
    @discardableResult
    private mutating func parseList(
        separator: String = ", ", _ element: (inout RustV0Name) throws(Malformed) -> Void
    ) throws(Malformed) -> Int {
        var count = 0
        while !take("E") {
            if count > 0 { try write(separator) }
            try element(&self)
            count += 1
        }
        return count
    }

    private mutating func parseGenericArgument() throws(Malformed) {
        if take("L") {
            try writeLifetime(try parseBase62())
        } else if take("K") {
            try parseConstant()
        } else {
            try parseType()
        }
    }

    private mutating func writeLifetime(_ index: UInt64) throws(Malformed) {
        guard index > 0 else { return try write("'_") }
        guard index <= boundLifetimes else { throw Malformed() }
        let level = boundLifetimes - index
        if level < 26 {
            try write([UInt8(ascii: "'"), UInt8(ascii: "a") + UInt8(level)])
        } else {
            try write("'_\(level)")
        }
    }

    /// `for<'a, 'b> `, whose lifetimes are known inside `body`.
    private mutating func parseBinder(
        _ body: (inout RustV0Name) throws(Malformed) -> Void
    ) throws(Malformed) {
        let count = try parseOptionalBase62("G")
        guard count <= 64 else { throw Malformed() }
        if count > 0 {
            try write("for<")
            for index in 0..<count {
                if index > 0 { try write(", ") }
                boundLifetimes += 1
                try writeLifetime(1)
            }
            try write("> ")
        }
        try body(&self)
        boundLifetimes -= count
    }

    private static let basicTypes: [UInt8: String] = [
        UInt8(ascii: "a"): "i8", UInt8(ascii: "b"): "bool", UInt8(ascii: "c"): "char", UInt8(ascii: "d"): "f64",
        UInt8(ascii: "e"): "str", UInt8(ascii: "f"): "f32", UInt8(ascii: "h"): "u8", UInt8(ascii: "i"): "isize",
        UInt8(ascii: "j"): "usize", UInt8(ascii: "l"): "i32", UInt8(ascii: "m"): "u32", UInt8(ascii: "n"): "i128",
        UInt8(ascii: "o"): "u128", UInt8(ascii: "s"): "i16", UInt8(ascii: "t"): "u16", UInt8(ascii: "u"): "()",
        UInt8(ascii: "v"): "...", UInt8(ascii: "x"): "i64", UInt8(ascii: "y"): "u64", UInt8(ascii: "z"): "!",
        UInt8(ascii: "p"): "_",
    ]

    private mutating func parseType() throws(Malformed) {
        try enter()
        defer { depth -= 1 }
        let tag = try take()
        if let basic = Self.basicTypes[tag] { return try write(basic) }
        switch tag {
        case UInt8(ascii: "R"), UInt8(ascii: "Q"):
            try write("&")
            if take("L") {
                let lifetime = try parseBase62()
                if lifetime > 0 {
                    try writeLifetime(lifetime)
                    try write(" ")
                }
            }
            if tag == UInt8(ascii: "Q") { try write("mut ") }
            try parseType()
        case UInt8(ascii: "P"):
            try write("*const ")
            try parseType()
        case UInt8(ascii: "O"):
            try write("*mut ")
            try parseType()
        case UInt8(ascii: "A"):
            try write("[")
            try parseType()
            try write("; ")
            try parseConstant()
            try write("]")
        case UInt8(ascii: "S"):
            try write("[")
            try parseType()
            try write("]")
        case UInt8(ascii: "T"):
            try write("(")
            let count = try parseList { (parser) throws(Malformed) in try parser.parseType() }
            try write(count == 1 ? ",)" : ")")
        case UInt8(ascii: "F"):
            try parseBinder { (parser) throws(Malformed) in try parser.parseFunction() }
        case UInt8(ascii: "D"):
            try parseDynamicTrait()
        case UInt8(ascii: "B"):
            try followBackReference { (parser) throws(Malformed) in try parser.parseType() }
        default:
            position -= 1
            try parsePath(inValue: false)
        }
    }

    private mutating func parseFunction() throws(Malformed) {
        if take("U") { try write("unsafe ") }
        if take("K") {
            try write("extern \"")
            if take("C") {
                try write("C")
            } else {
                try write(try parseIdentifier().name.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 })
            }
            try write("\" ")
        }
        try write("fn(")
        try parseList { (parser) throws(Malformed) in try parser.parseType() }
        try write(")")
        if take("u") { return }
        try write(" -> ")
        try parseType()
    }

    private mutating func parseDynamicTrait() throws(Malformed) {
        try write("dyn ")
        try parseBinder { (parser) throws(Malformed) in
            _ = try parser.parseList(separator: " + ") { (parser) throws(Malformed) in
                try parser.parseTraitWithBindings()
            }
        }
        guard take("L") else { throw Malformed() }
        let lifetime = try parseBase62()
        if lifetime > 0 {
            try write(" + ")
            try writeLifetime(lifetime)
        }
    }

    private mutating func parseTraitWithBindings() throws(Malformed) {
        // A generic trait keeps its angle brackets open for the bindings that follow: Iterator<Item = u8>.
        var isOpen = false
        if next == UInt8(ascii: "I") {
            position += 1
            try parsePath(inValue: false)
            try write("<")
            try parseList { (parser) throws(Malformed) in try parser.parseGenericArgument() }
            isOpen = true
        } else {
            try parsePath(inValue: false)
        }
        while take("p") {
            try write(isOpen ? ", " : "<")
            isOpen = true
            try write(try parseIdentifier().name)
            try write(" = ")
            try parseType()
        }
        if isOpen { try write(">") }
    }

    private mutating func parseConstant() throws(Malformed) {
        try enter()
        defer { depth -= 1 }
        let tag = try take()
        switch tag {
        case UInt8(ascii: "p"): try write("_")
        case UInt8(ascii: "B"):
            try followBackReference { (parser) throws(Malformed) in try parser.parseConstant() }
        case UInt8(ascii: "b"):
            switch try parseHexadecimal() {
            case "0": try write("false")
            case "1": try write("true")
            default: throw Malformed()
            }
        case UInt8(ascii: "c"):
            guard let value = UInt32(try parseHexadecimal(), radix: 16), let scalar = Unicode.Scalar(value) else {
                throw Malformed()
            }
            try write("'\(scalar.escaped(asASCII: false))'")
        case UInt8(ascii: "a"), UInt8(ascii: "h"), UInt8(ascii: "i"), UInt8(ascii: "j"), UInt8(ascii: "l"),
            UInt8(ascii: "m"), UInt8(ascii: "n"), UInt8(ascii: "o"), UInt8(ascii: "s"), UInt8(ascii: "t"),
            UInt8(ascii: "x"), UInt8(ascii: "y"):
            if take("n") { try write("-") }
            let digits = try parseHexadecimal()
            if let value = UInt64(digits, radix: 16) {
                try write(String(value))
            } else {
                try write("0x" + digits)
            }
        default: throw Malformed()
        }
    }

    private mutating func parseHexadecimal() throws(Malformed) -> String {
        let start = position
        while !take("_") {
            switch try take() {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): continue
            default: throw Malformed()
            }
        }
        let digits = String(decoding: bytes[start..<position - 1], as: UTF8.self)
        let significant = digits.drop { $0 == "0" }
        return significant.isEmpty ? "0" : String(significant)
    }
}
