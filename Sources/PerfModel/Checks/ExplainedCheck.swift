/// What every check says of itself, whatever it looks at.
package protocol ExplainedCheck: Sendable {
    /// `"cpu.throttle"`; also the folder of its scenes.
    static var id: String { get }
    static var resource: Resource { get }
    /// What it asks, in one sentence.
    static var explanation: String { get }
    /// The files, views or commands, and the formula.
    static var source: String { get }
    /// What makes a naive check wrong.
    static var trap: String { get }
    static var threshold: CheckThreshold { get }
}
