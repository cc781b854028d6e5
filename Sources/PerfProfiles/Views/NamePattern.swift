/// A regular expression that selects frames or threads by name; it matches anywhere in the name.
package struct NamePattern: Hashable, Sendable {
    package let text: String

    /// Checks that a pattern is a regular expression.
    ///
    /// - Parameters:
    ///   - text: the pattern, in the syntax of Swift's `Regex` (PCRE's common part).
    ///   - option: the option that it came from, for the error: `"--focus"`.
    /// - Throws: ``ViewError/badPattern(option:pattern:position:reason:)`` with the place of the mistake.
    package init(_ text: String, option: String) throws(ViewError) {
        do {
            _ = try Regex(text)
        } catch {
            throw .badPattern(
                option: option, pattern: text, position: Self.position(of: error, in: text),
                reason: "\(error)"
            )
        }
        self.text = text
    }

    /// For each name whether it matches.
    package func matches(_ names: [String]) -> [Bool] {
        let matcher = matcher()
        return names.map(matcher.matches)
    }

    /// What matches this pattern; it is compiled anew because `Regex` cannot cross threads.
    func matcher() -> Matcher {
        Matcher(text)
    }

    struct Matcher {
        private let regex: Regex<AnyRegexOutput>?

        fileprivate init(_ text: String) {
            do {
                regex = try Regex(text).matchingSemantics(.unicodeScalar)
            } catch {
                // The pattern compiled when the value was made; if it does not now, nothing matches.
                regex = nil
            }
        }

        func matches(_ name: String) -> Bool {
            guard let regex else { return false }
            return name.contains(regex)
        }
    }

    /// Where the parser stopped.
    ///
    /// The error's type is not public; its `location.range` is found by reflection, and its absence is no error.
    private static func position(of error: any Error, in text: String) -> Int? {
        func child(_ label: String, of value: Any) -> Any? {
            Mirror(reflecting: value).children.first { $0.label == label }?.value
        }
        guard let location = child("location", of: error),
            let range = child("range", of: location) as? Range<String.Index>,
            range.lowerBound >= text.startIndex, range.lowerBound <= text.endIndex
        else { return nil }
        return text.distance(from: text.startIndex, to: range.lowerBound)
    }
}
