import PerfProfiles
import Testing

@Suite("Profile comparison") struct ProfileComparisonTests {
    private func options(_ normalization: Normalization = .total) -> ProfileComparison.Options {
        var options = ProfileComparison.Options()
        options.normalization = normalization
        return options
    }

    private func compare(
        _ before: [(String, Int)], _ after: [(String, Int)], _ normalization: Normalization = .total
    ) throws -> ProfileComparison {
        try ProfileComparison(
            ComparedStackProfile(before).profile, ComparedStackProfile(after).profile, options: options(normalization))
    }

    private func function(_ name: String, of comparison: ProfileComparison) throws -> ProfileComparison.Function {
        try #require(comparison.functions.first { $0.frame.name == name })
    }

    private static let runs = Normalization.operations(before: 1, after: 1)
    private static let base: [(String, Int)] = [
        ("main;parse;decode", 1500), ("main;parse", 500), ("main;render;fib", 2000), ("main;render", 300),
        ("main", 100),
    ]

    @Test("a function that grows is slower, its callers are by what they call, and it is the cause")
    func slower() throws {
        var after = Self.base
        after[0].1 = 3000
        let comparison = try compare(Self.base, after, Self.runs)
        #expect(comparison.total.isSignificant)
        let decode = try function("decode", of: comparison)
        #expect(decode.direction == .slower && decode.own.isSignificant)
        #expect(decode.own.ratio == 2)
        #expect(try #require(decode.own.interval).contains(1.5e9))
        let parse = try function("parse", of: comparison)
        #expect(parse.direction == .slower && !parse.own.isSignificant && parse.total.isSignificant)
        #expect(try function("fib", of: comparison).direction == .none)
        let cause = try #require(comparison.cause)
        #expect(cause.path.map { comparison.stacks.functions[$0].name } == ["main", "parse", "decode"])
        #expect(abs(try #require(cause.shareOfChange) - 1) < 1e-9)
    }

    @Test("faster, new and gone are called so")
    func directions() throws {
        let after: [(String, Int)] = [
            ("main;parse;decode", 700), ("main;parse", 500), ("main;render;fibonacci", 2000), ("main;render", 300),
            ("main", 100),
        ]
        let comparison = try compare(Self.base, after, Self.runs)
        #expect(try function("decode", of: comparison).direction == .faster)
        #expect(try function("fib", of: comparison).direction == .gone)
        let new = try function("fibonacci", of: comparison)
        #expect(new.direction == .new && new.own.ratio == nil)
    }

    @Test("of shares, one that grows does not make the others faster")
    func dilution() throws {
        var after = Self.base
        after[0].1 = 6000
        let comparison = try compare(Self.base, after)
        #expect(try function("decode", of: comparison).direction == .slower)
        let fib = try function("fib", of: comparison)
        #expect(fib.direction == .none && fib.own.isDiluted)
        #expect(try function("render", of: comparison).direction == .none)
        #expect(try function("parse", of: comparison).direction == .slower)
    }

    @Test("a change that is certain but small is no finding")
    func minimum() throws {
        let before: [(String, Int)] = [("main;work", 990_000), ("main;small", 10_000)]
        let after: [(String, Int)] = [("main;work", 990_000), ("main;small", 18_000)]
        var options = options()
        options.noise = 0
        let comparison = try ProfileComparison(
            ComparedStackProfile(before).profile, ComparedStackProfile(after).profile, options: options)
        let small = try function("small", of: comparison)
        #expect(small.direction == .none && small.own.isBelowMinimum)
    }

    @Test("two closures that changed their numbers are one function")
    func closures() throws {
        let before: [(String, Int)] = [("main;closure #1 in f", 2000), ("main;g", 2000)]
        let after: [(String, Int)] = [("main;closure #2 in f", 2000), ("main;closure #1 in f", 10), ("main;g", 2000)]
        let comparison = try compare(before, after)
        #expect(!comparison.hasFindings)
        #expect(comparison.functions.contains { $0.frame.name == "closure # in f" })
        // Where both builds have the same ones, each is compared with itself.
        let both: [(String, Int)] = [("main;closure #1 in f", 2000), ("main;closure #2 in f", 2000)]
        #expect(try compare(both, both).functions.contains { $0.frame.name == "closure #2 in f" })
    }

    @Test("a function inlined in one build is no change, with or without the functions around it")
    func inlining() throws {
        let before: [(String, Int)] = [("main;price;reduce;mix", 2000), ("main;price;reduce", 100), ("main;g", 2000)]
        let after: [(String, Int)] = [("main;price", 2100), ("main;g", 2000)]
        for (one, other) in [(before, after), (after, before)] {
            let comparison = try compare(one, other, Self.runs)
            #expect(!comparison.hasFindings)
            #expect(try function("mix", of: comparison).isInlinedDifferently)
        }
        // Gone, and with it what it cost.
        let gone = try compare(before, [("main;price", 100), ("main;g", 2000)], Self.runs)
        #expect(try function("mix", of: gone).direction == .gone)
    }

    @Test("functions that a build without line information cannot show are no change")
    func withoutLines() throws {
        let before: [(String, Int)] = [("main;price+mix", 60), ("main;price", 1000), ("main;g", 1000)]
        let comparison = try compare(before, [("main;price", 1060), ("main;g", 1000)])
        #expect(!comparison.hasFindings)
        #expect(try function("mix", of: comparison).isInlinedDifferently)
    }

    @Test("hardware interrupts are left out")
    func interrupts() throws {
        var after = Self.base
        after.append(("main;parse;k!asm_common_interrupt;k!handle_irq", 900))
        let comparison = try compare(Self.base, after)
        #expect(!comparison.hasFindings)
        #expect(comparison.stacks.interrupts.after == 900_000_000)
        // What a program asks the kernel for is its own.
        #expect(try compare(Self.base, Self.base + [("main;parse;k!do_syscall_64", 900)]).hasFindings)
    }

    @Test("a profile compared with itself has no change, and exchanging both mirrors the result (random, fixed seed)")
    func laws() throws {
        var random = ComparisonRandom(state: 5)
        for _ in 0..<60 {
            var profiles: [Profile] = []
            for _ in 0..<2 {
                var scene = ComparedStackProfile()
                for _ in 0..<Int(random.next() % 40) {
                    let depth = Int(random.next() % 8)
                    let stack = (0...depth).map { _ in "f\(random.next() % 9)" }.joined(separator: ";")
                    scene.add(stack, Int(random.next() % 400))
                }
                profiles.append(scene.profile)
            }
            for normalization in [Normalization.total, .duration, .operations(before: 3, after: 7)] {
                let same = try ProfileComparison(
                    profiles[0], profiles[0], options: options(normalization == .total ? .total : .duration))
                #expect(!same.hasFindings && same.cause == nil)
                let there = try ProfileComparison(profiles[0], profiles[1], options: options(normalization))
                var back = normalization
                if case .operations(let before, let after) = back { back = .operations(before: after, after: before) }
                let mirrored = try ProfileComparison(profiles[1], profiles[0], options: options(back))
                let names = Dictionary(uniqueKeysWithValues: mirrored.functions.map { ($0.frame.name, $0) })
                for function in there.functions {
                    let other = try #require(names[function.frame.name])
                    #expect(abs(function.own.delta + other.own.delta) <= 1e-9 * max(1, abs(function.own.delta)))
                    let opposite: [ProfileComparison.Direction: ProfileComparison.Direction] = [
                        .slower: .faster, .faster: .slower, .new: .gone, .gone: .new, .none: .none,
                    ]
                    #expect(opposite[function.direction] == other.direction)
                    #expect(function.isInlinedDifferently == other.isInlinedDifferently)
                }
            }
        }
    }

    /// 20 functions as a real program has them: a few hot ones and a tail.
    private static let program: [(String, Double)] = (1...20).map { ("main;serve;f\($0)", 1 / Double($0)) }

    @Test("of 200 pairs of simulated recordings of one program none has a change", arguments: [true, false])
    func alike(isShare: Bool) throws {
        var random = ComparisonRandom(state: 21)
        var alarms = 0
        for _ in 0..<200 {
            let pair = (0..<2).map { _ in
                ComparedStackProfile.recording(Self.program, samples: 4_000, random: &random)
            }
            let comparison = try ProfileComparison(pair[0], pair[1], options: options(isShare ? .total : Self.runs))
            if comparison.hasFindings { alarms += 1 }
        }
        #expect(alarms == 0)
    }

    @Test("a function that makes the program 10% slower is found in 50 of 50 simulated pairs of a calm machine")
    func tenth() throws {
        var calm = options(Self.runs)
        calm.noise = 0.012
        var random = ComparisonRandom(state: 22)
        let total = Self.program.reduce(0) { $0 + $1.1 }
        var slower = Self.program
        slower[2].1 += total / 10
        var found = 0
        for _ in 0..<50 {
            let before = ComparedStackProfile.recording(Self.program, samples: 4_000, random: &random)
            let after = ComparedStackProfile.recording(slower, samples: 4_400, random: &random)
            if try function("f3", of: ProfileComparison(before, after, options: calm)).direction == .slower {
                found += 1
            }
            // How calm it is, two recordings do not say: then it is a suspicion at least.
            let comparison = try ProfileComparison(before, after, options: options(Self.runs))
            let function = try function("f3", of: comparison)
            #expect(function.direction == .slower || function.own.isSuspected)
            #expect(comparison.hasFindings == (comparison.cause != nil))
            #expect(comparison.hasFindings || comparison.suspectedCause != nil)
        }
        #expect(found == 50)
    }

    /// Recordings of a program whose functions wander by a tenth of their share from run to run, and its speed by 4%.
    private func recordings(
        _ count: Int, slower: Int? = nil, random: inout ComparisonRandom
    ) -> [Profile] {
        (0..<count).map { _ in
            func wander(_ ratio: Double) -> Double {
                1 + ratio * 3.46 * (random.unit() - 0.5)
            }
            let total = Self.program.reduce(0) { $0 + $1.1 }
            let speed = wander(0.04)
            var shares = Self.program.map { ($0.0, $0.1 * wander(0.1)) }
            if let slower { shares[slower].1 += total / 10 }
            let work = shares.reduce(0) { $0 + $1.1 } / total * speed
            return ComparedStackProfile.recording(shares, samples: Int(4_000 * work), random: &random)
        }
    }

    @Test("of programs that differ from run to run, a single recording raises suspicions at most", arguments: [1, 5])
    func restless(count: Int) throws {
        var random = ComparisonRandom(state: 23)
        var outcomes = (changed: 0, suspected: 0)
        for _ in 0..<50 {
            let (before, after) = (recordings(count, random: &random), recordings(count, random: &random))
            let comparison = try ProfileComparison(before, after, options: options(Self.runs))
            if comparison.hasFindings { outcomes.changed += 1 }
            if comparison.hasSuspicions { outcomes.suspected += 1 }
        }
        #expect(outcomes.changed == 0)
        #expect(count == 1 ? outcomes.suspected > 0 : outcomes.suspected == 0)
    }

    @Test("five recordings of each find what a single one of such a program cannot")
    func several() throws {
        var random = ComparisonRandom(state: 24)
        var found = 0
        for _ in 0..<50 {
            let before = recordings(5, random: &random)
            let after = recordings(5, slower: 1, random: &random)
            let comparison = try ProfileComparison(before, after, options: options(Self.runs))
            #expect(comparison.before.recordings == 5 && comparison.suspectedCause == nil)
            if try function("f2", of: comparison).direction == .slower { found += 1 }
        }
        #expect(found == 50)
    }

    @Test("values of several recordings are means of those of each, by all normalisations")
    func means() throws {
        var other = Self.base
        other[0].1 = 2500
        let before = [Self.base, other].map { ComparedStackProfile($0).profile }
        let after = [ComparedStackProfile(Self.base).profile]
        let runs = try function("decode", of: ProfileComparison(before, after, options: options(Self.runs)))
        #expect(runs.own.before == 2e9 && runs.own.after == 1.5e9)
        let duration = try function("decode", of: ProfileComparison(before, after, options: options(.duration)))
        #expect(abs(duration.own.before - 2e8) < 1 && abs(duration.own.after - 1.5e8) < 1)
        let share = try function("decode", of: ProfileComparison(before, after))
        #expect(abs(share.own.before - 4000.0 / 9800) < 1e-12)
        let joined = Profile.joined(before)
        #expect(joined.duration == 20_000_000_000)
        let again = try function("decode", of: ProfileComparison(joined, after[0]))
        #expect(abs(again.own.before - share.own.before) < 1e-12)
    }

    @Test("whole runs of one command are compared per run, everything else by share")
    func naturalNormalization() {
        func profile(_ target: String, isWholeRun: Bool = true, clock: String = "cpu") -> Profile {
            var profile = Profile()
            var extras = ProfileExtras()
            extras.target = target
            extras.isWholeRun = isWholeRun
            extras.clock = clock
            profile.extras = extras
            return profile
        }
        let run = profile("old/shop 10")
        #expect(Normalization.natural([run], [profile("/new/shop 10"), run]) == .run)
        for other in [
            profile("old/shop 20"), profile("old/shop 10", isWholeRun: false), profile("old/shop 10", clock: "wall"),
            profile(""), Profile(),
        ] {
            #expect(Normalization.natural([run], [run, other]) == .total)
            #expect(Normalization.natural([other], [other]) == (other.extras?.target == "old/shop 20" ? .run : .total))
        }
    }

    @Test("without numbers of samples, size alone decides and no interval is claimed")
    func uncounted() throws {
        func profile(_ value: Int64) -> Profile {
            var profile = ComparedStackProfile([("main;f", 1), ("main;g", 1)]).profile
            profile.sampleTypes = [Profile.ValueType(type: "alloc_space", unit: "bytes")]
            profile.samples[0].values = [1000]
            profile.samples[1].values = [value]
            return profile
        }
        let comparison = try ProfileComparison(profile(1000), profile(1500), options: options(Self.runs))
        #expect(comparison.detectableChange == nil)
        let function = try function("g", of: comparison)
        #expect(function.direction == .slower && function.own.interval == nil)
        #expect(try !ProfileComparison(profile(1000), profile(1001), options: options(Self.runs)).hasFindings)
    }

    @Test("profiles that count different things are told apart")
    func errors() throws {
        let one = ComparedStackProfile([("main", 1)]).profile
        var other = one
        other.sampleTypes = [Profile.ValueType(type: "inuse_space", unit: "bytes")]
        other.samples[0].values = [1]
        #expect(throws: ComparisonError.self) { try ProfileComparison(one, other) }
        other.sampleTypes = [Profile.ValueType(type: "cpu", unit: "microseconds")]
        #expect(throws: ComparisonError.differentUnits(type: "cpu", before: "nanoseconds", after: "microseconds")) {
            try ProfileComparison(one, other)
        }
        other = one
        other.duration = 0
        #expect(throws: ComparisonError.noDuration(isBefore: false)) {
            try ProfileComparison(one, other, options: options(.duration))
        }
        #expect(throws: ViewError.self) {
            var options = ProfileComparison.Options()
            options.sampleType = "wall"
            _ = try ProfileComparison(one, one, options: options)
        }
    }

    @Test("values that no sum can hold, negative ones and empty stacks do not trap")
    func hostile() throws {
        var profile = ComparedStackProfile([("main;f", 1), ("main", 2)]).profile
        profile.samples += [
            Profile.Sample(locations: profile.samples[0].locations, values: [.max, .max], labelSet: 0),
            Profile.Sample(locations: profile.samples[0].locations, values: [.min, .min], labelSet: 0),
            Profile.Sample(locations: [], values: [3, 3], labelSet: 0),
            Profile.Sample(locations: profile.samples[0].locations, values: [], labelSet: 0),
        ]
        let plain = ComparedStackProfile([("main;f", 100)]).profile
        for normalization in [Normalization.total, .duration, .operations(before: 1e-300, after: 1e300)] {
            for (one, other) in [(profile, plain), (plain, profile), (profile, profile)] {
                let comparison = try ProfileComparison(one, other, options: options(normalization))
                #expect(comparison.functions.allSatisfy { !$0.own.before.isNaN && !$0.total.after.isNaN })
            }
        }
    }
}

@Suite("Comparison of real recordings") struct ComparisonFixtureTests {
    private func profile(_ name: String) throws -> Profile {
        try Profile(decoding: Fixture.bytes("diff/\(name).pb.gz"))
    }

    private func compare(_ name: String) throws -> ProfileComparison {
        try ProfileComparison(profile("before"), profile(name))
    }

    @Test("two runs of one program do not differ")
    func again() throws {
        #expect(try !compare("again").hasFindings)
        var options = ProfileComparison.Options()
        options.normalization = .operations(before: 200_000, after: 200_000)
        #expect(try !ProfileComparison(profile("before"), profile("again"), options: options).hasFindings)
    }

    @Test("a regression is found in its function, called from its caller")
    func slower() throws {
        let comparison = try compare("slower")
        let cause = try #require(comparison.cause)
        let names = cause.path.suffix(2).map { ComparableName.of(comparison.stacks.functions[$0].name) }
        #expect(names.map { $0.prefix(while: { $0 != "(" }) } == ["shop.Decoder.decode", "shop.number"])
    }

    @Test("a tenth more work in a function is a suspicion, and a finding where runs are known to differ little")
    func tenth() throws {
        let comparison = try compare("tenth")
        let decode = try #require(comparison.functions.first { $0.frame.name.hasPrefix("shop.Decoder.decode(") })
        #expect(decode.total.isSuspected && decode.total.delta > 0)
        // A tail call hides its caller in the other build.
        let cause = try #require(comparison.cause)
        #expect(comparison.stacks.functions[cause.function].name.hasPrefix("shop.Handler.parse("))
        #expect(comparison.functions.count { $0.direction != .none } == 1)
        var calm = ProfileComparison.Options()
        calm.noise = 0.012
        let told = try ProfileComparison(profile("before"), profile("tenth"), options: calm)
        let same = try #require(told.functions.first { $0.frame.name.hasPrefix("shop.Decoder.decode(") })
        #expect(same.direction == .slower && same.total.isSignificant)
    }

    @Test("a build without line information does not differ, nor does it in the other direction")
    func withoutLines() throws {
        let comparison = try compare("without-lines")
        #expect(!comparison.hasFindings)
        #expect(comparison.functions.contains { $0.isInlinedDifferently && $0.frame.name.hasPrefix("shop.mix(") })
        #expect(try !ProfileComparison(profile("without-lines"), profile("before")).hasFindings)
    }

    @Test("closures that were renumbered, private functions and files that moved are matched")
    func rebuilt() throws {
        let comparison = try compare("rebuilt")
        for name in ["shop.mix(", "shop.number(", "shop.Decoder.decode(", "shop.skipSpaces(", "closure # ("] {
            let function = try #require(comparison.functions.first { $0.frame.name.hasPrefix(name) }, "\(name)")
            #expect(function.total.before > 0 && function.total.after > 0, "\(name)")
        }
        #expect(try #require(comparison.functions.first { $0.frame.name.hasPrefix("shop.mix(") }).direction == .none)
    }
}
