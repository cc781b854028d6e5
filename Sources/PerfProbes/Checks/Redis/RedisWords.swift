import PerfModel

/// Numbers in the sentences of findings about Redis.
enum RedisWords {
    /// `"1.23 ms"`.
    static func duration(nanoseconds: UInt64) -> String {
        Quantity.text(Int64(clamping: nanoseconds), unit: "nanoseconds")
    }

    /// `"1.23 ms"`.
    static func duration(microseconds: UInt64) -> String {
        Quantity.text(Int64(clamping: microseconds), unit: "microseconds")
    }

    static func bytes(_ count: UInt64) -> String { Quantity.text(Int64(clamping: count), unit: "bytes") }

    static func count(_ count: UInt64) -> String { Quantity.grouped(Int64(clamping: count)) }

    /// `"12%"`; below 10 with a digit behind the point.
    static func percent(_ ratio: Double) -> String {
        Quantity.fixed(ratio * 100, digits: ratio >= 0.0995 || ratio == 0 ? 0 : 1) + "%"
    }

    /// `"1,234"` a second; below 100 with a digit behind the point.
    static func rate(_ perSecond: Double) -> String {
        perSecond >= 100 ? Quantity.grouped(Int64(min(perSecond, 1e18))) : Quantity.fixed(perSecond, digits: 1)
    }
}

extension ServerCheck {
    /// What cannot be measured for want of a value.
    static func unmeasured<Value>(_ value: Availability<Value>) -> CheckOutcome {
        guard case .unavailable(let reason, let remedy) = value else {
            return .unmeasured(reason: "the server does not say", remedy: nil)
        }
        return .unmeasured(reason: reason, remedy: remedy)
    }
}
