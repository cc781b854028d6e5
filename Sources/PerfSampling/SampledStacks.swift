import PerfLinux
import PerfModel

/// All stacks of a recording, by address; ``ProfileBuilder`` makes a profile of them.
package struct SampledStacks {
    struct Thread {
        var pid: Int32
        var processName: String
        var tid: Int32
        var name: String
    }

    var stacks: StackTable
    var threads: [Thread]
    var images: [ImageRegistry.Image]
    package var event: EventSpecification
    package var frequency: Int
    package var includesKernel: Bool
    /// Samples that the kernel could not store.
    package var lostCount: UInt64
    package var throttleCount: UInt64
    /// Bytes of ring for each CPU.
    package var ringByteCount: Int
    var counts: SampleShard.Counts
    /// Doubts that arose while sampling.
    package var warnings: [Warning]

    package var sampleCount: UInt64 { counts.samples }
    /// Sum of all periods: nanoseconds of CPU for clocks.
    package var totalPeriod: UInt64 { stacks.samples.values.reduce(0) { $0 &+ $1.period } }
    package var processNames: [String] { Array(Set(threads.map(\.processName))).sorted() }
}
