/// A value within a JSON document, or its absence, with the path to it: errors name the place.
package struct JSONNode: Hashable, Sendable {
    /// Nil where the document has nothing.
    package let value: JSONValue?
    /// `"results.0.median"`; empty for the document itself.
    package let path: String

    package init(_ value: JSONValue?, path: String = "") {
        self.value = value
        self.path = path
    }

    /// A member of an object; absent when this is none.
    package subscript(_ key: String) -> JSONNode {
        let path = path.isEmpty ? key : "\(self.path).\(key)"
        guard case .object(let members) = value else { return JSONNode(nil, path: path) }
        return JSONNode(members[key], path: path)
    }

    /// Whether there is something other than null.
    package var isPresent: Bool { value != nil && value != .null }

    package var isObject: Bool { if case .object = value { true } else { false } }
    package var isArray: Bool { if case .array = value { true } else { false } }
    package var isNumber: Bool { if case .number = value { true } else { false } }
    package var isString: Bool { if case .string = value { true } else { false } }

    /// Whether it is an object that has all of these keys.
    package func has(_ keys: String...) -> Bool {
        guard case .object(let members) = value else { return false }
        return keys.allSatisfy { members[$0] != nil }
    }

    /// The first element of an array; absent when there is none.
    package var first: JSONNode {
        guard case .array(let elements) = value else { return JSONNode(nil, path: "\(path).0") }
        return JSONNode(elements.first, path: path.isEmpty ? "0" : "\(path).0")
    }

    /// A finite number.
    package func number() throws(ReadingProblem) -> Double {
        guard case .number(let number) = value else { throw wrong("a number") }
        guard number.isFinite else { throw ReadingProblem(place: path, reason: "\(number) is no finite number") }
        return number
    }

    /// A finite number that is not below zero.
    package func amount() throws(ReadingProblem) -> Double {
        let number = try number()
        guard number >= 0 else { throw ReadingProblem(place: path, reason: "\(number) is below zero") }
        return number
    }

    /// The same; nil for what is absent, null, or "not a number", which tools write for what they do not know.
    package func amountIfKnown() throws(ReadingProblem) -> Double? {
        switch value {
        case nil, .null, .string("NaN"): return nil
        case .number(let number) where number.isNaN: return nil
        default: return try amount()
        }
    }

    /// A whole number that is not below zero.
    package func count() throws(ReadingProblem) -> Int {
        let number = try amount()
        guard number == number.rounded(), number <= 9_007_199_254_740_992 else {
            throw ReadingProblem(place: path, reason: "\(number) is no count")
        }
        return Int(number)
    }

    package func countIfKnown() throws(ReadingProblem) -> Int? { isPresent ? try count() : nil }

    package func string() throws(ReadingProblem) -> String {
        guard case .string(let text) = value else { throw wrong("a text") }
        return text
    }

    /// A text; nil for what is absent or null.
    package func stringIfKnown() throws(ReadingProblem) -> String? { isPresent ? try string() : nil }

    package func booleanIfKnown() throws(ReadingProblem) -> Bool? {
        guard isPresent else { return nil }
        guard case .boolean(let boolean) = value else { throw wrong("true or false") }
        return boolean
    }

    package func elements() throws(ReadingProblem) -> [JSONNode] {
        guard case .array(let elements) = value else { throw wrong("an array") }
        return elements.enumerated().map { index, element in
            JSONNode(element, path: path.isEmpty ? "\(index)" : "\(path).\(index)")
        }
    }

    /// The numbers of an array; nil for what is absent or null.
    package func amountsIfKnown() throws(ReadingProblem) -> [Double]? {
        guard isPresent else { return nil }
        var numbers: [Double] = []
        for element in try elements() { numbers.append(try element.amount()) }
        return numbers
    }

    /// The members of an object, by their keys.
    package func members() throws(ReadingProblem) -> [(key: String, node: JSONNode)] {
        guard case .object(let members) = value else { throw wrong("an object") }
        return members.sorted { $0.key < $1.key }.map { ($0.key, self[$0.key]) }
    }

    /// As people would write it: the text itself, or a number or a truth value; nil for anything else.
    package var word: String? {
        switch value {
        case .string(let text): text
        case .boolean(let boolean): "\(boolean)"
        case .number(let number):
            number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
        default: nil
        }
    }

    private func wrong(_ expected: String) -> ReadingProblem {
        let found =
            switch value {
            case nil: "it is missing"
            case .null: "it is null"
            case .boolean: "it is true or false"
            case .number: "it is a number"
            case .string: "it is a text"
            case .array: "it is an array"
            case .object: "it is an object"
            }
        return ReadingProblem(place: path, reason: "\(expected) is needed, and \(found)")
    }
}
