import ArgumentParser

/// A number of bytes: `4096`, `512KiB`, `1MiB`; `K`, `M` and `G` are powers of 1024 as well.
struct ByteSize: ExpressibleByArgument {
    var bytes: UInt64

    init?(argument: String) {
        let units: [(suffix: String, factor: Double)] = [
            ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("kb", 1000), ("mb", 1e6), ("gb", 1e9),
            ("k", 1024), ("m", 1_048_576), ("g", 1_073_741_824), ("b", 1),
        ]
        let text = argument.lowercased()
        let unit = units.first { text.hasSuffix($0.suffix) }
        let number = text.dropLast(unit?.suffix.count ?? 0)
        // Double takes more than people write: "inf", "0x1p3".
        guard !number.isEmpty, number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let amount = Double(number)
        else { return nil }
        let value = amount * (unit?.factor ?? 1)
        guard value >= 0, value < 1e15 else { return nil }
        bytes = UInt64(value.rounded())
    }
}
