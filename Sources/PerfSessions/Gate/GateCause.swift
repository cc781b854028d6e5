import PerfBaselines
import PerfLinux
import PerfModel
import PerfProfiles
import PerfSampling

/// Finds out what accounts for a regression: profiles of both sides by turns, and what both count.
struct GateCause {
    let contest: GateContest
    let options: BenchmarkRunner.Options

    private static let fewestRecordings = 3
    private static let mostRecordings = 10
    /// CPU time of each side that its recordings have together where they can, nanoseconds.
    private static let wantedTime = 1e9
    /// Of each recording; longer programs are sampled from their start.
    private static let longest: Duration = .seconds(20)
    private static let shown = 8
    /// Parts that add less are noise, of base's whole.
    private static let leastRatio = 0.002

    /// Adds to the outcome's cause, and what could not be had to what is unmeasured.
    ///
    /// - Parameters:
    ///   - metrics: that got worse.
    ///   - cpuTime: of one run, nanoseconds.
    ///   - outcome: of the gate.
    ///   - progress: called before each recording.
    func explain(
        _ metrics: [String], cpuTime: Double, _ outcome: inout GateSession.Outcome, _ progress: (String) -> Void
    ) {
        var cause = outcome.cause ?? GateResult.Cause()
        let name = contest.id.text
        if metrics.contains("cpu_time") || metrics.contains("wall_time") {
            note("\(name): functions", &outcome) {
                let waits = !metrics.contains("cpu_time")
                progress("\(name): profiles of both, to see where the time goes")
                cause.functions += labelled(
                    try functions(waits: waits, cpuTime: cpuTime), waits ? "off_cpu" : "cpu_time")
            }
        }
        if metrics.contains("instructions") {
            note("\(name): instructions of functions", &outcome) {
                progress("\(name): instructions of each function, by callgrind")
                cause.functions += labelled(
                    try InstructionCause(options: options).parts(base: contest.base, head: contest.head),
                    "instructions")
            }
        }
        note("\(name): types", &outcome) {
            progress("\(name): heaps of both, to see who allocates")
            cause.types += labelled(try types(), "bytes")
        }
        for counter in ["system_calls", "allocations"] where !contest.counters.contains(counter) {
            progress("\(name): counting \(counter.split(separator: "_").joined(separator: " "))")
            note("\(name): \(counter)", &outcome) { cause.counters += try counters(counter) }
        }
        cause.counters += outcome.comparisons.filter {
            $0.id == name && $0.channel == .counter && $0.baseline != $0.head
        }.map {
            GateResult.Cause.Counter(
                name: $0.metric, unit: $0.unit, baseline: $0.baseline ?? 0, head: $0.head ?? 0, benchmark: name)
        }
        outcome.cause = cause
    }

    private func note(_ id: String, _ outcome: inout GateSession.Outcome, _ body: () throws -> Void) {
        do { try body() } catch let error as any UserFacingError {
            outcome.unmeasured.append(Unmeasured(id: id, reason: error.summary, remedy: error.remedy ?? ""))
        } catch {
            outcome.unmeasured.append(Unmeasured(id: id, reason: "\(error)", remedy: ""))
        }
    }

    /// Parts with the benchmark that they are of, and what they are parts of.
    private func labelled(_ parts: [GateResult.Cause.Part], _ metric: String) -> [GateResult.Cause.Part] {
        parts.map { part in
            var part = part
            part.benchmark = contest.id.text
            part.metric = metric
            return part
        }
    }

    // MARK: functions

    private func functions(waits: Bool, cpuTime: Double) throws -> [GateResult.Cause.Part] {
        var profiles: (base: [Profile], head: [Profile]) = ([], [])
        let count = min(
            Self.mostRecordings, max(Self.fewestRecordings, Int((Self.wantedTime / max(cpuTime, 1e6)).rounded(.up))))
        // What is over soon is looked at more often.
        let frequency = cpuTime * Double(count) < Self.wantedTime ? 4999 : 997
        var sampling = SamplingOptions()
        if waits { sampling.clock = .offCPU } else { sampling.frequency = frequency }
        for _ in 0..<count {
            profiles.base.append(try profile(of: contest.base, sampling))
            profiles.head.append(try profile(of: contest.head, sampling))
        }
        var options = ProfileComparison.Options()
        options.normalization = Self.normalization(profiles.base + profiles.head)
        let comparison = try ProfileComparison(profiles.base, profiles.head, options: options)
        return parts(of: comparison) { index in
            Self.place(of: comparison.stacks.functions[index].name, in: profiles.head)
        }
    }

    /// Per run where every recording is one, else by share.
    private static func normalization(_ profiles: [Profile]) -> Normalization {
        profiles.allSatisfy { $0.extras?.isWholeRun == true } ? .run : .total
    }

    private func profile(of command: BenchmarkCommand, _ options: SamplingOptions) throws -> Profile {
        let session = try RecordSession(
            target: .launch(Self.silent(command)), duration: Self.longest, options: options)
        let recording = try session.record { _, _ in }
        _ = try session.waitForTarget()
        var profile = recording.profile
        profile.demangleNames()
        return profile
    }

    private func parts(
        of comparison: ProfileComparison, place: (Int) -> (file: String, line: Int)?
    ) -> [GateResult.Cause.Part] {
        let whole = comparison.total.before
        guard whole > 0 else { return [] }
        let grown = comparison.functions.filter { $0.own.delta / whole >= Self.leastRatio && !$0.isInlinedDifferently }
            .sorted { $0.own.delta > $1.own.delta }
        // What is more than chance; without any, the largest of what may be.
        let sure = grown.filter { $0.own.isSignificant }
        let chosen = sure.isEmpty ? grown.filter { $0.own.isSuspected } : sure
        return (chosen.isEmpty ? Array(grown.prefix(3)) : chosen).prefix(Self.shown).map {
            let place = place($0.index)
            return GateResult.Cause.Part(
                name: $0.frame.name, deltaRatio: $0.own.delta / whole, file: place?.file, line: place?.line)
        }
    }

    /// Where a function begins, as head's recordings have it.
    private static func place(of name: String, in profiles: [Profile]) -> (file: String, line: Int)? {
        for profile in profiles {
            for function in profile.functions where ComparableName.of(function.name) == name || function.name == name {
                guard !function.file.isEmpty else { continue }
                return (function.file, Int(clamping: function.startLine))
            }
        }
        return nil
    }

    // MARK: types

    private func types() throws -> [GateResult.Cause.Part] {
        let base = try heap(of: contest.base)
        let head = try heap(of: contest.head)
        var options = ProfileComparison.Options()
        options.normalization = Self.normalization([base, head])
        // Programs without types of their own: who asks for memory.
        let hasTypes = [base, head].allSatisfy { $0.labelSets.contains { $0.contains { $0.key == LabelKey.type } } }
        options.dimension = hasTypes ? .label(LabelKey.type) : .function
        options.sampleType = "alloc_space"
        let comparison = try ProfileComparison(base, head, options: options)
        // Blocks are counted: each difference is one.
        let whole = comparison.total.before
        guard whole > 0 else { return [] }
        return comparison.functions.filter { $0.own.delta / whole >= Self.leastRatio }
            .sorted { $0.own.delta > $1.own.delta }.prefix(Self.shown)
            .map { GateResult.Cause.Part(name: $0.frame.name, deltaRatio: $0.own.delta / whole) }
    }

    private func heap(of command: BenchmarkCommand) throws -> Profile {
        var options = HeapSession.Options()
        options.duration = Self.longest
        options.followsChildren = true
        let session = try HeapSession(arguments: Self.silent(command), options: options)
        let recording = try session.record { _, _ in }
        _ = try session.waitForTarget()
        var profile = recording.profile
        profile.demangleNames()
        return profile
    }

    // MARK: counters

    private func counters(_ counter: String) throws -> [GateResult.Cause.Counter] {
        let source = try BenchSession.source(of: counter, options)
        func values(_ command: BenchmarkCommand) throws(GateCauseError) -> [String: Double] {
            switch source.measure(command) {
            case .available(let values): return values
            case .unavailable(let reason, let remedy): throw GateCauseError(summary: reason, remedy: remedy)
            }
        }
        let (base, head) = (try values(contest.base), try values(contest.head))
        return source.metrics.compactMap { metric in
            guard let first = base[metric], let second = head[metric], first != second else { return nil }
            return GateResult.Cause.Counter(
                name: metric, unit: Metric.named(metric)?.unit ?? "count", baseline: first, head: second,
                benchmark: contest.id.text)
        }
    }

    /// The command in its surroundings, without a word: `exec` keeps the process.
    private static func silent(_ command: BenchmarkCommand) -> [String] {
        let input = command.input.map(quoted) ?? "/dev/null"
        let change = command.directory.map { "cd \(quoted($0)) && " } ?? ""
        let variables =
            command.environment.isEmpty ? "" : "env " + command.environment.map(quoted).joined(separator: " ") + " "
        let words = command.arguments.map(quoted).joined(separator: " ")
        return ["/bin/sh", "-c", "\(change)exec \(variables)\(words) <\(input) >/dev/null 2>&1"]
    }

    private static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }
}

/// Why a cause could not be measured.
struct GateCauseError: UserFacingError {
    var summary: String
    var remedy: String?
}
