import PerfStatistics

/// One quantity before and after, with what chance alone may have done.
package struct ComparedChange: Hashable, Sendable {
    /// Normalised: a ratio of the total, or units per second or per operation.
    package var before: Double
    /// Normalised as `before` is.
    package var after: Double
    /// The 95% interval of the difference; nil where the profiles do not count samples.
    package var interval: ClosedRange<Double>?
    /// The 95% interval of after divided by before; its end is infinite where nothing was seen before.
    package var ratioInterval: ClosedRange<Double>?
    /// How likely such a difference is by chance, by itself; nil where the profiles do not count samples.
    package var probability: Double?
    /// Whether it is more than chance, all comparisons together considered, and large enough to matter.
    package var isSignificant = false
    /// More than sampling noise, but one recording of each cannot tell it from how runs of one program may differ.
    package var isSuspected = false
    /// More than chance, but smaller than what matters.
    package var isBelowMinimum = false
    /// It follows from the change of another function, whose share of the same total this one's is.
    package var isDiluted = false

    package var delta: Double { after - before }
    /// After divided by before; nil when nothing was there before.
    package var ratio: Double? { before > 0 ? after / before : nil }
}
