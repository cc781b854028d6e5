import FoundationEssentials
import PerfBaselines
import PerfLinux
import PerfModel
import PerfSessions

/// Programs that are run: two commands, or what two revisions build.
extension GateCommand {
    func compare(
        _ base: String, _ head: String, _ session: GateSession, _ progress: (String) -> Void
    ) throws -> Measured {
        func command(_ text: String) throws -> BenchmarkCommand {
            let suite = settings.applied(to: BenchmarkSuite(name: "", entries: [BenchmarkSuite.Entry(text: text)]))
            return try suite.instances()[0].command
        }
        func layout(_ number: Int) throws -> GateContest.Layout {
            func numbered(_ text: String) -> String { text.replacing(LinkLayouts.seed, with: "\(number)") }
            return GateContest.Layout(base: try command(numbered(base)), head: try command(numbered(head)))
        }
        let (metrics, counters) = try settings.gated(in: BenchmarkSuite(name: "", entries: []))
        let layouts = try (0..<(settings.layouts ?? 0)).map { try layout($0 + 1) }
        var contest = GateContest(
            id: MetricSeries.ID(suite: "", benchmark: head), base: try layouts.first?.base ?? command(base),
            head: try layouts.first?.head ?? command(head), metrics: metrics, counters: counters)
        contest.layouts = layouts
        var warnings: [Warning] = []
        contest = try contest.withDistinctLayouts(&warnings)
        var outcome = try session.run([contest], progress: progress)
        outcome.cause = outcome.cause?.relative(to: FileManager.default.currentDirectoryPath)
        return Measured(outcome: outcome, base: base, head: head, warnings: warnings)
    }

    func compareRevisions(
        _ session: GateSession, _ signals: StopSignals, _ environment: [String: String],
        _ progress: (String) -> Void
    ) throws -> Measured {
        let repository = try GitRepository(interruption: signals)
        if settings.layouts != nil, head == nil, let file = try repository.changedFiles().first {
            throw GateBuildError.uncommitted(file: file)
        }
        // Layouts are built in checkouts alone.
        let build = try RevisionBuild(
            base: base ?? "", head: head ?? (settings.layouts == nil ? nil : "HEAD"), in: repository,
            usesMergeBase: !noMergeBase, interruption: signals)
        var measured: Measured
        var warnings: [Warning] = []
        do {
            let settings = try configuration(of: build)
            let suites = try chosenSuites(settings, of: build.head.text)
            let command = try (self.build ?? settings.build).map { try CommandWords.split($0) }
            let isInPlugin = environment["PERFDOCTOR_IN_PLUGIN"] != nil
            if let layouts = self.settings.linkLayouts {
                try build.build(command, layouts: layouts, isInPlugin: isInPlugin, progress: progress)
            } else {
                try build.build(command, isInPlugin: isInPlugin, progress: progress)
            }
            let all = try suites.flatMap { try contests(of: $0, build, &warnings) }
            measured = Measured(
                outcome: try session.run(all, progress: progress), base: build.base.text, head: build.head.text)
        } catch {
            build.close()
            throw error
        }
        measured.outcome.cause = measured.outcome.cause?.relative(to: build.headRoot)
        measured.warnings = build.warnings + warnings + build.close()
        return measured
    }

    private func contests(
        of suite: BenchmarkSuite, _ build: RevisionBuild, _ warnings: inout [Warning]
    ) throws -> [GateContest] {
        let (metrics, counters) = try settings.gated(in: suite)
        return try settings.applied(to: suite).instances().map { instance in
            func command(in directory: String) -> BenchmarkCommand {
                var command = instance.command
                let own = command.directory
                command.directory = own.map { $0.hasPrefix("/") ? $0 : "\(directory)/\($0)" } ?? directory
                return command
            }
            let layouts = (0..<(settings.layouts ?? 0)).map { index in
                let directories = build.directories(ofLayout: index + 1)
                return GateContest.Layout(
                    base: command(in: directories.base), head: command(in: directories.head))
            }
            var contest = GateContest(
                id: MetricSeries.ID(
                    suite: suite.name, benchmark: instance.command.name, parameters: instance.parameters),
                base: layouts.first?.base ?? command(in: build.baseDirectory),
                head: layouts.first?.head ?? command(in: build.headDirectory), metrics: metrics,
                counters: counters, setup: instance.setup, cleanup: instance.cleanup)
            contest.layouts = layouts
            return try contest.withDistinctLayouts(&warnings)
        }
    }

    /// What is measured is what head says: a change may bring its own benchmarks.
    private func configuration(of build: RevisionBuild) throws -> Configuration {
        if let config { return try Configuration.load(config) }
        return try Configuration.load(in: build.headDirectory)
    }

    private func chosenSuites(_ settings: Configuration, of head: String) throws -> [BenchmarkSuite] {
        let known = settings.suites
        guard !known.isEmpty else {
            throw GateBuildError.noSuites(file: config ?? "\(Configuration.fileName) of \(head)")
        }
        for name in names where !known.contains(where: { $0.name == name }) {
            throw UnknownSuiteError(name: name, known: known.map(\.name))
        }
        return known.filter { names.isEmpty || names.contains($0.name) }
    }
}
