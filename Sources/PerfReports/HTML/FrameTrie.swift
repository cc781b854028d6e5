import PerfProfiles

/// A profile's stacks folded into one tree, with the values of every thread at the nodes where its stacks end.
///
/// Nodes are in depth-first order: a parent comes before its children and a subtree is one run of indices.
struct FrameTrie {
    struct Function: Hashable {
        /// What stands at the tip of a stack of a heap recording is no function.
        enum Kind: Hashable {
            case function
            case type
            /// Blocks that are no objects.
            case rawMemory
        }

        var name: String
        var module: String
        var file: String
        var line: Int
        var kind = Kind.function
    }

    struct Node {
        /// Index into `nodes`; -1 at the root of a stack.
        var parent: Int
        var function: Int
        var isInlined: Bool
        /// The source line that most of the node's weight passes through; 0 when unknown.
        var line: Int
    }

    /// The values of one thread's stacks that end at one node.
    struct Row {
        var node: Int
        var thread: Int
        /// One for each of the profile's sample types, none below zero.
        var values: [Int64]
    }

    private(set) var functions: [Function] = []
    /// Nil stands for samples that name no thread.
    private(set) var threads: [ThreadIdentity?] = []
    private(set) var nodes: [Node] = []
    private(set) var rows: [Row] = []
    /// The row of each of the profile's samples, -1 for one that weighs nothing; only where it has a timeline or types.
    private(set) var rowOfSample: [Int32] = []
    /// Samples with a value below zero, which a flame graph cannot draw; that value counts as zero.
    private(set) var negativeSamples = 0

    /// Folds a profile.
    ///
    /// - Parameters:
    ///   - profile: already filtered.
    ///   - dimension: what frames are; by a label, its value is the outermost frame.
    ///   - weightType: the sample type that decides which line of a node is the hottest.
    ///   - hasTypes: whether what was allocated stands at the tip of each stack.
    /// - Complexity: linear in the frames of all samples.
    init(_ profile: Profile, by dimension: Dimension = .function, weightType: Int = 0, hasTypes: Bool = false) {
        var builder = FrameTrieBuilder(profile, by: dimension, weightType: weightType, hasTypes: hasTypes)
        for sample in profile.samples { builder.add(sample) }
        functions = builder.functions.values
        threads = builder.threads.values
        negativeSamples = builder.negativeSamples
        let rowOfSample = builder.rowOfSample
        let newRows: [Int32]
        (nodes, rows, newRows) = builder.depthFirst()
        self.rowOfSample = rowOfSample.map { $0 < 0 ? -1 : newRows[Int($0)] }
    }
}
