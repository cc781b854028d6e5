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
