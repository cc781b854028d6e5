/// What a check saw.
package enum CheckOutcome: Hashable, Sendable {
    /// Nothing wrong; the numbers that say so.
    case healthy([Evidence])
    /// The first one is the worst.
    case findings([Finding])
    case unmeasured(reason: String, remedy: String?)
}
