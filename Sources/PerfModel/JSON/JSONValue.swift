import FoundationEssentials

/// Any JSON: documents whose keys nobody knows beforehand.
///
/// Strict JSON is read by ``parsed(_:)``; configurations, which are JSON5, by a decoder.
package enum JSONValue: Codable, Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        if case .success(let container) = Result(catching: { try decoder.container(keyedBy: Key.self) }) {
            var object: [String: JSONValue] = [:]
            for key in container.allKeys { object[key.stringValue] = try container.decode(JSONValue.self, forKey: key) }
            self = .object(object)
            return
        }
        let single = try decoder.singleValueContainer()
        func value<Value: Decodable>(_ type: Value.Type) -> Value? {
            if case .success(let value) = Result(catching: { try single.decode(type) }) { value } else { nil }
        }
        if single.decodeNil() {
            self = .null
        } else if let boolean = value(Bool.self) {
            self = .boolean(boolean)
        } else if let number = value(Double.self) {
            self = .number(number)
        } else if let string = value(String.self) {
            self = .string(string)
        } else {
            self = .array(try single.decode([JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        if case .object(let members) = self {
            var container = encoder.container(keyedBy: Key.self)
            for (key, value) in members {
                if let key = Key(stringValue: key) { try container.encode(value, forKey: key) }
            }
            return
        }
        var container = encoder.singleValueContainer()
        switch self {
        case .null, .object: try container.encodeNil()
        case .boolean(let boolean): try container.encode(boolean)
        case .number(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        }
    }
}
