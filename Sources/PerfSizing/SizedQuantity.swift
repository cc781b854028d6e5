/// One number or word of a size.
package struct SizedQuantity: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case number(Double)
        case range(Double, Double)
        case word(String)
    }

    /// In snake_case, with its unit: `"memory_bytes"`.
    package var name: String
    package var value: Value
    /// `"bytes"`, `"s"`; empty for counts and words.
    package var unit: String
    /// Whether the guide says "or more": `"16+"`.
    package var isMinimum: Bool
    /// For people: `"16+ vCPU"`.
    package var text: String

    package init(name: String, value: Value, unit: String = "", isMinimum: Bool = false, text: String) {
        self.name = name
        self.value = value
        self.unit = unit
        self.isMinimum = isMinimum
        self.text = text
    }

    /// The number, where it is one.
    package var number: Double? {
        guard case .number(let number) = value else { return nil }
        return number
    }
}

extension SizedQuantity {
    static func word(_ name: String, _ word: String, text: String? = nil) -> Self {
        Self(name: name, value: .word(word), text: text ?? word)
    }

    static func count(_ name: String, _ count: Double, _ noun: String, orMore: Bool = false) -> Self {
        Self(
            name: name, value: .number(count), isMinimum: orMore,
            text: "\(Figure.text(count))\(orMore ? "+" : "") \(noun)")
    }

    static func vcpus(_ count: Double, orMore: Bool = false) -> Self {
        self.count("vcpus", count, "vCPU", orMore: orMore)
    }

    /// The guides' GB and MB are powers of 1024, as clouds and Redis mean them.
    static func memory(gigabytes: Double, _ what: String = "RAM", orMore: Bool = false) -> Self {
        bytes("memory_bytes", gigabytes: gigabytes, what, orMore: orMore)
    }

    static func bytes(_ name: String, gigabytes: Double, _ what: String, orMore: Bool = false) -> Self {
        let amount = gigabytes < 1 ? "\(Figure.text(gigabytes * 1024)) MB" : "\(Figure.text(gigabytes)) GB"
        return Self(
            name: name, value: .number(gigabytes * 1_073_741_824), unit: "bytes", isMinimum: orMore,
            text: "\(amount)\(orMore ? "+" : "") \(what)")
    }

    /// A setting as its file has it: `"default_pool_size 25"`.
    static func setting(_ name: String, _ value: Double, unit: String = "") -> Self {
        Self(name: name, value: .number(value), unit: unit, text: "\(name) \(Figure.plain(value))\(unit)")
    }

    static func setting(_ name: String, _ word: String) -> Self {
        Self(name: name, value: .word(word), text: "\(name) \(word)")
    }

    static func range(_ name: String, _ low: Double, _ high: Double, unit: String, text: String) -> Self {
        Self(name: name, value: .range(low, high), unit: unit, text: text)
    }
}
