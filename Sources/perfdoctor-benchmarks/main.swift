import PerfBenchmark

// Small benchmarks with known answers, for tests of the protocol.

benchmark("sum", parameters: ["size": "1000"]) {
    var sum = 0
    for number in 0..<opaque(1000) { sum &+= number }
    blackHole(sum)
}

benchmark(
    "reverse", setup: { Array(0..<1000) },
    measuring: { numbers in
        blackHole(Array(numbers.reversed()))
    })

benchmark("told") { context in
    blackHole(opaque(1))
    context.record("rows", 42, deterministic: true)
    context.recordLatency(nanoseconds: 1000)
}

benchmark("fails") {
    struct Refusal: Error {}
    // Only where it is asked for by name: an executable that runs all of its benchmarks shall reach its end.
    if opaque(CommandLine.arguments.contains("--fail")) { throw Refusal() }
}
