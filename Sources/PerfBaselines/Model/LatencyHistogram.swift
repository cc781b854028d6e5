/// A histogram of high dynamic range, as sparse pairs of value and count.
package struct LatencyHistogram: Hashable, Sendable, Codable {
    /// Significant decimal digits, 1...5.
    package var significantDigits: Int
    /// The smallest and the largest value that it can tell, in the unit of its series.
    package var lowest: Int64
    package var highest: Int64
    /// Values that occurred with how often they did, by rising value.
    package var counts: [Bucket]

    package struct Bucket: Hashable, Sendable, Codable {
        package var value: Int64
        package var count: Int64

        package init(value: Int64, count: Int64) {
            self.value = value
            self.count = count
        }

        /// `[value, count]`.
        package init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            value = try container.decode(Int64.self)
            count = try container.decode(Int64.self)
            guard count >= 0, container.isAtEnd else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "a bucket is [value, count], and the count is not negative")
            }
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            try container.encode(value)
            try container.encode(count)
        }
    }

    package init(significantDigits: Int, lowest: Int64, highest: Int64, counts: [Bucket]) {
        self.significantDigits = significantDigits
        self.lowest = lowest
        self.highest = highest
        self.counts = counts
    }

    private enum CodingKeys: String, CodingKey {
        case significantDigits = "sig_digits"
        case lowest, highest, counts
    }
}
