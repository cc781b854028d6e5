import ArgumentParser

/// A number that may end in `k`, `M` or `G`: thousands, millions and billions.
///
/// Its range is checked later.
struct Amount: ExpressibleByArgument {
    var value: Double

    init?(argument: String) {
        let scale: Double? =
            switch argument.last {
            case "k", "K": 1e3
            case "m", "M": 1e6
            case "g", "G": 1e9
            default: nil
            }
        let number = scale == nil ? argument[...] : argument.dropLast()
        // Double takes more than people write: "inf", "0x1p3", "1e400".
        guard number.contains(where: { $0.isASCII && $0.isNumber }),
            number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }),
            let value = Double(number)
        else { return nil }
        self.value = value * (scale ?? 1)
    }
}
