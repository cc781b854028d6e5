import PerfModel

/// Settings that no gate can be made of.
package enum GatePlanError: UserFacingError, Hashable {
    case effect(tolerance: Double, effect: Double)
    case looks([Int])
    case level(Double)
    case gatedCount(Int)
    /// Different links of a program.
    case layouts(Int, needed: Int)

    package var summary: String {
        switch self {
        case .effect(let tolerance, let effect):
            "a gate cannot tell an effect of \(effect) from a tolerance of \(tolerance)"
        case .looks(let looks): "a gate cannot look after \(looks.map(String.init).joined(separator: ", ")) pairs"
        case .level(let level): "a gate cannot be wrong in \(level) of all cases"
        case .layouts(let count, let needed):
            "\(count) layouts that differ decide nothing, whatever is measured: it takes \(needed) for what is gated"
        case .gatedCount(let count): "a gate cannot judge \(count) metrics"
        }
    }

    package var remedy: String? {
        switch self {
        case .effect: "the effect has to be larger than the tolerance, which is not negative: 0.05 and 0.01"
        case .looks: "numbers of pairs have to rise, from 1: 15,30,60,120,200"
        case .level: "a level is above 0 and below 0.5: 0.01"
        case .layouts(_, let needed):
            "ask for \(needed) or more (--layouts), of a program that has so many functions, or gate fewer suites"
        case .gatedCount: "name at least one metric"
        }
    }
}
