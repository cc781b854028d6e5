import Glibc

/// What is known of blocks of which each byte was sampled with the same chance.
struct PoissonSampling {
    /// Mean distance between sampled bytes.
    let mean: UInt64

    /// Standard error of a sum of bytes as a share of it; nil where nothing is known.
    ///
    /// A block of `s` bytes is sampled with probability p = 1 - exp(-s / mean) and counts for s / p bytes then, so
    /// that n blocks of one size have the variance n s² (1 - p) / p. Blocks of a site are taken to be alike.
    ///
    /// - Parameters:
    ///   - bytes: the sum, as estimated.
    ///   - count: blocks, as estimated.
    /// - Returns: the ratio, at least 0; above 1 where the blocks say next to nothing.
    func errorRatio(bytes: Int64, count: Int64) -> Double? {
        guard mean > 0, bytes > 0, count > 0 else { return nil }
        let chance = -expm1(-Double(bytes) / Double(count) / Double(mean))
        guard chance > 0 else { return nil }
        return ((1 - chance) / (chance * Double(count))).squareRoot()
    }
}
