import Glibc

/// What a benchmark may tell beside its time.
///
/// Values are of one iteration, and the last one of a name counts.
public struct BenchmarkContext {
    struct Value {
        var metric: String
        var unit: String
        var value: Double
        var isHigherBetter: Bool
        var isDeterministic: Bool
    }

    var values: [Value] = []
    var latencies: LatencyCounts?

    /// A metric of its own: `context.record("rows", 1000)`.
    ///
    /// - Parameters:
    ///   - metric: its name, in snake_case.
    ///   - value: a finite number; others are left out.
    ///   - unit: `"count"`, `"bytes"`, `"ns"`, `"1/s"`, `"ratio"`.
    ///   - higherIsBetter: whether more is better.
    ///   - deterministic: whether every run of the same program has the same value, so that it may be compared exactly.
    public mutating func record(
        _ metric: String, _ value: Double, unit: String = "count", higherIsBetter: Bool = false,
        deterministic: Bool = false
    ) {
        guard value.isFinite, !metric.isEmpty else { return }
        values.removeAll { $0.metric == metric }
        values.append(
            Value(
                metric: metric, unit: unit, value: value, isHigherBetter: higherIsBetter,
                isDeterministic: deterministic))
    }

    /// The time that one operation took: they become a histogram, from which percentiles are read.
    ///
    /// - Parameter nanoseconds: not negative.
    public mutating func recordLatency(nanoseconds: Int64) {
        if latencies == nil { latencies = LatencyCounts() }
        latencies?.add(max(0, nanoseconds))
    }
}

/// Measures `body`: how long one iteration takes, in CPU time of the process and in wall time.
///
/// It is run as often as it takes to last 20 ms. Under `perfdoctor bench` each benchmark runs in processes of its own,
/// and tells its results by the benchmark protocol; alone it prints a table. A body that throws ends the program with
/// status 1.
///
/// - Parameters:
///   - name: unique within the executable.
///   - parameters: which variant of the benchmark this is: `["size": "1000"]`.
///   - body: one iteration.
public func benchmark(_ name: String, parameters: [String: String] = [:], _ body: () throws -> Void) {
    guard let run = BenchmarkRun(name: name, parameters: parameters) else { return }
    run.perform { count, _ in
        for _ in 0..<count { try body() }
        return true
    }
}

/// The same, for a body that tells more than its time.
///
/// - Parameters:
///   - name: unique within the executable.
///   - parameters: which variant of the benchmark this is.
///   - body: one iteration; what it records is reported.
public func benchmark(
    _ name: String, parameters: [String: String] = [:], _ body: (inout BenchmarkContext) throws -> Void
) {
    guard let run = BenchmarkRun(name: name, parameters: parameters) else { return }
    run.perform { count, context in
        for _ in 0..<count { try body(&context) }
        return true
    }
}

/// The same, for a body that needs something new in each iteration.
///
/// - Parameters:
///   - name: unique within the executable.
///   - parameters: which variant of the benchmark this is.
///   - setup: makes the input of one iteration; not measured.
///   - body: one iteration.
public func benchmark<Input>(
    _ name: String, parameters: [String: String] = [:], setup: () throws -> Input,
    measuring body: (Input) throws -> Void
) {
    guard let run = BenchmarkRun(name: name, parameters: parameters) else { return }
    run.performInBatches { count, clock in
        var inputs: [Input] = []
        inputs.reserveCapacity(count)
        for _ in 0..<count { inputs.append(try setup()) }
        clock.begin()
        for input in inputs { try body(input) }
        clock.end()
    }
}

/// Takes a value so that the compiler cannot leave its computation out.
@inline(never)
@_optimize(none)
public func blackHole<Value>(_ value: Value) {}

/// Gives a value back so that the compiler cannot know it beforehand.
@inline(never)
@_optimize(none)
public func opaque<Value>(_ value: Value) -> Value { value }
