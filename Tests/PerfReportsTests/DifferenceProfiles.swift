import PerfModel
import PerfProfiles
import PerfReports

/// Pairs of profiles for the tests of differences, small enough to check by hand.
enum DifferenceProfiles {
    /// The service after a regression: `decode` takes twice as long, `fib` is gone, `sort` is new.
    static var regressed: Profile {
        var profile = ReportProfiles.service
        profile.startedAt += 3_600_000_000_000
        profile.extras?.host?.name = "other"
        profile.extras?.frequencyHz = 499
        profile.extras?.counts.unrooted = 80
        for index in profile.functions.indices where profile.functions[index].name == "fib" {
            profile.functions[index].name = "sort"
        }
        for index in profile.samples.indices {
            let leaf = profile.samples[index].locations.first.flatMap { profile.locations[$0].lines.first?.function }
            guard let leaf, profile.functions[leaf].name == "decode" else { continue }
            profile.samples[index].values = profile.samples[index].values.map { $0 * 3 }
        }
        return profile
    }

    static func report(
        _ before: Profile = ReportProfiles.service, _ after: Profile = regressed,
        normalization: Normalization = .operations(before: 1000, after: 1000), width: Int? = nil, color: Bool = false,
        order: FrameTable.Order = .selfValue
    ) throws -> DifferenceReport {
        var options = ProfileComparison.Options()
        options.normalization = normalization
        return try DifferenceReport(
            before: (before, "before.pb.gz"), after: (after, "after.pb.gz"), options: options, order: order,
            layout: Report.Layout(width: width, usesColor: color))
    }
}
