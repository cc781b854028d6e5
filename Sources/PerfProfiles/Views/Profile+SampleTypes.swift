extension Profile {
    /// The sample type to show: the one named, else the profile's default, else the last one as pprof has it.
    ///
    /// - Returns: an index into `sampleTypes`.
    package func sampleTypeIndex(named name: String?) throws(ViewError) -> Int {
        guard !sampleTypes.isEmpty else { throw .noSampleTypes }
        if let name {
            guard let index = sampleTypes.firstIndex(where: { $0.type == name }) else {
                throw .unknownSampleType(name, available: sampleTypes.map(\.type))
            }
            return index
        }
        return sampleTypes.firstIndex { $0.type == defaultSampleType } ?? sampleTypes.count - 1
    }

    /// The values that count samples taken, which the sampling error follows from; nil when there are none.
    ///
    /// `samples` is what perfdoctor, Go and most others call it; perf's converter appends `_sample`.
    package var sampleCountIndex: Int? {
        sampleTypes.firstIndex {
            ($0.unit == "count" || $0.unit.isEmpty)
                && ($0.type == "samples" || $0.type == "sample" || $0.type.hasSuffix("_sample"))
        }
    }

    /// The sum of one value over all samples.
    package func total(ofValue index: Int) -> Int64 {
        samples.reduce(0) { saturatingSum($0, $1.values.indices.contains(index) ? $1.values[index] : 0) }
    }
}

/// The sum, or the nearest representable number where it overflows.
@inline(__always)
package func saturatingSum(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    guard overflow else { return sum }
    return right > 0 ? .max : .min
}

/// The distance from zero, or the nearest representable number where it overflows.
@inline(__always)
package func saturatingMagnitude(_ value: Int64) -> Int64 {
    value == .min ? .max : abs(value)
}
