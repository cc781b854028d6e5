/// Something the host may or may not offer; missing is a value with a reason, not an error.
package enum Availability<Value: Sendable>: Sendable {
    case available(Value)
    case unavailable(reason: String, remedy: String?)

    package var value: Value? {
        switch self {
        case .available(let value): value
        case .unavailable: nil
        }
    }
}

extension Availability: Equatable where Value: Equatable {}

extension Availability {
    /// The same with another value; a reason stays.
    package func map<Other: Sendable>(_ body: (Value) -> Other) -> Availability<Other> {
        flatMap { .available(body($0)) }
    }

    /// What a second look makes of the value; a reason stays.
    package func flatMap<Other: Sendable>(_ body: (Value) -> Availability<Other>) -> Availability<Other> {
        switch self {
        case .available(let value): body(value)
        case .unavailable(let reason, let remedy): .unavailable(reason: reason, remedy: remedy)
        }
    }
}
