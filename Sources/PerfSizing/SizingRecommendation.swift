/// A size with where it comes from and what is wrong with it.
package struct SizingRecommendation: Hashable, Sendable {
    /// Why a row: an input, its value, and the row that it selects by itself.
    package struct Selector: Hashable, Sendable {
        package var input: SizingInput
        package var value: Double
        /// `"10-50 tenants"`.
        package var row: String
        /// Whether the value lies beyond the last row.
        package var isBeyond: Bool
    }

    /// What a guide says and what is right.
    package struct Correction: Hashable, Sendable {
        package var subject: String
        package var source: SizingSource
        package var claim: String
        package var corrected: String
        package var reason: String
    }

    /// Stable, in snake_case: `"rq_worker_table"`.
    package var id: String
    package var resource: SizedResource
    package var source: SizingSource
    /// What it is a size of, where the resource has several: `"RQ workers"`.
    package var title: String
    package var selectors: [Selector] = []
    /// The row as the guide writes it; how the size came about where there is no table.
    package var row: String
    package var sizes: [SizedQuantity]
    package var corrections: [Correction] = []
    package var notes: [String] = []
    /// How a size was computed, with its numbers.
    package var reasoning: String?
    /// Whether to follow this one where several contradict.
    package var isPreferred = true

    package func number(_ name: String) -> Double? {
        sizes.first { $0.name == name }?.number
    }
}

/// Sizes that cannot both be right.
package struct SizingContradiction: Hashable, Sendable {
    package struct Statement: Hashable, Sendable {
        package var source: SizingSource
        package var text: String
        package var value: Double
    }

    /// Stable, in snake_case.
    package var id: String
    package var resource: SizedResource
    package var statements: [Statement]
    package var explanation: String
    /// What to follow.
    package var preferred: String
}

/// What a guide advises, with the gain that it claims.
package struct SizingRemedy: Hashable, Sendable {
    package var resource: SizedResource
    package var text: String
    package var claimedGain: String?
    package var source: SizingSource
}
