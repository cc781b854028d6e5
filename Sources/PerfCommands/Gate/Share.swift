import ArgumentParser

/// A part of a whole: `1%`, or `0.01`.
struct Share: ExpressibleByArgument {
    var value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let amount = Amount(argument: isPercent ? String(argument.dropLast()) : argument), amount.value >= 0
        else {
            return nil
        }
        value = isPercent ? amount.value / 100 : amount.value
    }
}
