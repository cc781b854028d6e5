import PerfModel

/// What the two tuning guides advise, with what they claim it gains.
package enum GuideRemedies {
    /// The guide for a platform of jobs and workers.
    package static let guideA = "guide A"
    /// The guide for an agent framework.
    package static let guideB = "guide B"

    package static let scaleOut = Remedy(
        "scale out: more workers, on further machines where these CPUs are full",
        claimedGain: "throughput +70%, p95 -40% for workers 4 to 8",
        source: guideA)
    package static let optimiseHotPaths = Remedy(
        "make the hot functions cheaper: perfdoctor record -p PID shows them", source: guideA)
}
