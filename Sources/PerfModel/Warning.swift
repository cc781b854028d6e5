/// A doubt that travels with a result, together with what mends it.
package struct Warning: Hashable, Sendable, Codable {
    /// A stable identifier in snake_case, for programs: `"stripped"`, `"rate_lowered"`.
    package var code: String
    /// What is wrong and what it does to the result, in one sentence.
    package var message: String
    /// What to do about it; a command where there is one.
    package var remedy: String

    package init(code: String, message: String, remedy: String) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }
}
