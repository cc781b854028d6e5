/// A profile prepared for one question: one sample type, summed up by one dimension, stacks made distinct.
///
/// Everything a report shows is derived from this value: tables, trees, folded stacks.
package struct ProfileView: Sendable {
    /// What a stack consists of: a function, a line, a module, or the value of a label.
    package struct Frame: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            case function
            /// An address without a symbol; `name` is `module+0xoffset`.
            case unsymbolized
            case module
            /// A thread, a process, a task, a type.
            case label
        }

        package var kind: Kind
        /// As it stands in the profile; pass it through `printable` before it is shown.
        package var name: String
        package var systemName = ""
        package var file = ""
        /// The line itself by line, else the declaration or, where that is unknown, the hottest line; 0 unknown.
        package var line = 0
        /// Path of the image; empty when unknown.
        package var module = ""
    }

    /// What was counted for a stack under one set of labels.
    package struct Weight: Hashable, Sendable {
        /// Index into `stacks`.
        package var stack: Int
        /// Index into the profile's `labelSets`.
        package var labelSet: Int
        package var value: Int64
        /// Samples taken; 0 where the profile does not count them.
        package var sampleCount: Int64
    }

    package let profile: Profile
    /// Index into the profile's `sampleTypes`.
    package let valueIndex: Int
    package let dimension: Dimension
    /// Distinct frames, in the order in which they were met.
    package let frames: [Frame]
    /// Distinct stacks as indices into `frames`, root first.
    package let stacks: [[Int]]
    /// Each pair of stack and set of labels once.
    package let weights: [Weight]
    /// The stack of each of the profile's samples; empty where the profile has no timeline.
    package let stackOfSample: [Int32]
    /// Sum of all values.
    package let total: Int64
    /// Sum of the distances from zero: what percentages refer to, so that a difference has them as well.
    package let magnitude: Int64
    /// Samples taken; nil where the profile does not count them.
    package let sampleCount: Int64?

    package var sampleType: Profile.ValueType { profile.sampleTypes[valueIndex] }

    /// Derives the view.
    ///
    /// - Parameters:
    ///   - profile: already filtered.
    ///   - valueIndex: index into the profile's `sampleTypes`.
    ///   - dimension: what frames are; by a label, a stack is one frame.
    ///   - root: a label whose value becomes the outermost frame of each stack.
    /// - Throws: ``ViewError/missingDimension(_:available:)`` when no sample has that label.
    /// - Complexity: linear in the frames of all samples.
    package init(
        _ profile: Profile, valueIndex: Int, by dimension: Dimension = .function, root: Dimension? = nil
    ) throws(ViewError) {
        for case .label(let key)? in [dimension, root] {
            // An empty profile has nothing to miss.
            guard
                profile.samples.isEmpty
                    || profile.samples.contains(where: { profile.labelText(key, in: $0.labelSet) != nil })
            else {
                throw .missingDimension(key, available: profile.dimensionNames)
            }
        }
        let grouped = GroupedSamples(profile, valueIndex: valueIndex)
        var builder = StackBuilder(profile, by: dimension, root: root)
        var index: [Weight: Int] = [:]
        var weights: [Weight] = []
        var stackOfGroup: [Int32] = []
        for group in grouped.groups {
            let stack = builder.stack(of: group)
            stackOfGroup.append(Int32(truncatingIfNeeded: stack))
            let key = Weight(stack: stack, labelSet: group.labelSet, value: 0, sampleCount: 0)
            let position = index[key] ?? weights.count
            if position == weights.count {
                index[key] = position
                weights.append(key)
            }
            weights[position].value = saturatingSum(weights[position].value, group.value)
            weights[position].sampleCount = saturatingSum(weights[position].sampleCount, group.sampleCount)
        }
        self.profile = profile
        self.valueIndex = valueIndex
        self.dimension = dimension
        self.frames = builder.finishedFrames
        self.stacks = builder.stacks
        self.weights = weights
        self.stackOfSample = grouped.groupOfSample.map { stackOfGroup[Int($0)] }
        self.total = weights.reduce(0) { saturatingSum($0, $1.value) }
        self.magnitude = weights.reduce(0) { saturatingSum($0, saturatingMagnitude($1.value)) }
        self.sampleCount =
            grouped.countsSamples ? weights.reduce(0) { saturatingSum($0, $1.sampleCount) } : nil
    }

    /// Value and samples of each stack, whatever its labels.
    package var stackTotals: [(value: Int64, sampleCount: Int64)] {
        var totals = [(value: Int64, sampleCount: Int64)](repeating: (0, 0), count: stacks.count)
        for weight in weights {
            totals[weight.stack].value = saturatingSum(totals[weight.stack].value, weight.value)
            totals[weight.stack].sampleCount = saturatingSum(totals[weight.stack].sampleCount, weight.sampleCount)
        }
        return totals
    }
}
