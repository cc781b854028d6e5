import Glibc

/// One benchmark of this process, from finding out how often to run it to its report.
struct BenchmarkRun {
    let name: String
    let parameters: [String: String]

    /// A measurement of less says more about the clock.
    private static let shortest: Int64 = 20_000_000
    /// Iterations whose inputs are kept in memory at once.
    private static let batch = 1000
    private static let tableRows = 10

    /// Nil when this process does not run it: another one was asked for, or only its name.
    init?(name: String, parameters: [String: String]) {
        self.name = name
        self.parameters = parameters
        if environment("PERFDOCTOR_BENCHMARK_LIST") != nil {
            Report.write("{\"benchmark\":\(Report.quoted(name))}")
            return nil
        }
        if let wanted = environment("PERFDOCTOR_BENCHMARK"), wanted != name { return nil }
    }

    /// What a number of iterations took.
    struct Times {
        var cpu: Int64 = 0
        var wall: Int64 = 0
        private var cpuStart: Int64 = 0
        private var wallStart: Int64 = 0

        mutating func begin() {
            wallStart = nanoseconds(CLOCK_MONOTONIC)
            cpuStart = nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
        }

        mutating func end() {
            cpu += nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpuStart
            wall += nanoseconds(CLOCK_MONOTONIC) - wallStart
        }
    }

    /// Runs a body that repeats itself.
    func perform(_ body: (Int, inout BenchmarkContext) throws -> Bool) {
        var context = BenchmarkContext()
        measure(&context) { count, context in
            var times = Times()
            times.begin()
            _ = try body(count, &context)
            times.end()
            return times
        }
    }

    /// Runs a body that is given its number of iterations in small pieces, and says itself what is measured.
    func performInBatches(_ body: (Int, inout Times) throws -> Void) {
        var context = BenchmarkContext()
        measure(&context) { count, _ in
            var times = Times()
            var left = count
            while left > 0 {
                try body(min(left, Self.batch), &times)
                left -= Self.batch
            }
            return times
        }
    }

    private func measure(
        _ context: inout BenchmarkContext, _ times: (Int, inout BenchmarkContext) throws -> Times
    ) {
        do {
            var iterations = 1
            if let fixed = environment("PERFDOCTOR_BENCHMARK_ITERATIONS").flatMap({ Int($0) }), fixed > 0 {
                report(try times(fixed, &context), iterations: fixed, context)
                return
            }
            // Doubles until it is long enough; what it recorded so far was no measurement.
            while try times(iterations, &context).wall < Self.shortest, iterations < 1 << 40 { iterations *= 2 }
            guard Report.isWanted else {
                var rows: [Times] = []
                for _ in 0..<Self.tableRows { rows.append(try times(iterations, &context)) }
                Table.add(name: name, parameters: parameters, rows, iterations: iterations, context)
                return
            }
            context = BenchmarkContext()
            report(try times(iterations, &context), iterations: iterations, context)
        } catch {
            Report.fail(name: name, reason: "\(error)")
        }
    }

    private func report(_ times: Times, iterations: Int, _ context: BenchmarkContext) {
        let line = Report.Line(benchmark: name, parameters: parameters, iterations: iterations)
        let count = Double(iterations)
        line.write("cpu_time", Double(times.cpu) / count, unit: "ns", more: ",\"clock\":\"process_cpu\"")
        line.write("wall_time", Double(times.wall) / count, unit: "ns", more: ",\"clock\":\"monotonic\"")
        for value in context.values {
            var more = value.isHigherBetter ? ",\"polarity\":\"higher_is_better\"" : ""
            if value.isDeterministic { more += ",\"kind\":\"deterministic\"" }
            line.write(value.metric, value.value, unit: value.unit, more: more)
        }
        if let latencies = context.latencies { line.write("latency", histogram: latencies) }
    }
}

/// A variable of the environment; nil where it is not set.
func environment(_ name: String) -> String? {
    // SAFETY: the result is null or a terminated string, which is copied at once.
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// What a clock of the system says, in nanoseconds.
func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    // SAFETY: `time` outlives the call, which fills it; it cannot fail for these clocks.
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
