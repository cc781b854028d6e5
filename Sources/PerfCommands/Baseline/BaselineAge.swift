import ArgumentParser

/// An age: `90d`, `12w`, `24h`.
struct BaselineAge: ExpressibleByArgument {
    var nanoseconds: Int64

    init?(argument: String) {
        let hours: [Character: Double] = ["h": 1, "d": 24, "w": 168]
        guard let unit = argument.last.flatMap({ hours[$0] }) else { return nil }
        let number = argument.dropLast()
        // Double takes more than people write: "inf", "0x1p3".
        guard !number.isEmpty, number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let amount = Double(number), amount * unit < 2_000_000
        else { return nil }
        nanoseconds = Int64(amount * unit * 3600e9)
    }
}
