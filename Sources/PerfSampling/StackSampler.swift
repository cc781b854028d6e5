import PerfModel

/// A source of stack samples: the kernel's perf events, or another mechanism.
///
/// The owner calls ``drain()`` whenever a descriptor becomes readable, and at least ten times a second.
package protocol StackSampler: AnyObject {
    /// Descriptors that become readable when samples wait.
    var pollDescriptors: [Int32] { get }
    /// Begins to sample; targets that start on exec begin by themselves.
    func start() throws
    /// Takes in what has been sampled.
    func drain()
    /// Ends sampling, takes in the rest and returns all of it.
    func finish() -> SampledStacks
    /// What it has so far, for a progress line.
    var progress: SamplingProgress { get }
}

/// How far a recording has come.
package struct SamplingProgress: Hashable, Sendable {
    package var sampleCount: UInt64
    package var lostCount: UInt64
}
