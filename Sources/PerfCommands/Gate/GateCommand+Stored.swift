import PerfBaselines
import PerfLinux
import PerfModel
import PerfSessions

/// Results that were measured before: read, and held to a baseline or to objectives.
extension GateCommand {
    var isStored: Bool { baseline != nil || !slo.isEmpty }
    private static let limitBytes = 256 << 20

    func compareStored(in context: CommandContext) throws -> Measured {
        var head = BenchmarkResult(series: [])
        var unmeasured: [Unmeasured] = []
        for (index, name) in names.enumerated() {
            let imported = try read(name, in: context)
            if index == 0 { head = imported.result } else { head.merge(imported.result) }
            unmeasured += imported.unmeasured
        }
        let stored = try baseline.map { try storedBaseline($0, for: head) }
        let plan = try GatePlan(tolerance: settings.tolerance.value, effect: settings.effect.value)
        var policy = BaselinePolicy(plan: plan, now: WallClock.nanosecondsSince1970())
        if let metrics = settings.metrics { policy.gatedMetrics = Set(metrics.split(separator: ",").map(String.init)) }
        let decided = try StoredGate(
            head: head, unmeasured: unmeasured, baseline: stored?.result, objectives: slo, policy: policy
        ).decided()
        var outcome = GateSession.Outcome(comparisons: decided.comparisons, unmeasured: unmeasured)
        outcome.warnings = decided.warnings
        return Measured(
            outcome: outcome,
            base: stored.map { "baseline \($0.name) (\($0.location))" } ?? slo.joined(separator: ", "),
            head: names.joined(separator: ", "), machine: head.machine)
    }

    private func read(_ name: String, in context: CommandContext) throws -> ImportedResult {
        let isStandardInput = name == "-"
        let contents =
            isStandardInput
            ? try context.input.readAll(limit: Self.limitBytes)
            : try InputFile.contents(of: name, limit: Self.limitBytes)
        return try ResultReader.read(contents, file: isStandardInput ? "standard input" : name)
    }

    /// A baseline by its file, or by its name among those of head's machine class.
    private func storedBaseline(_ name: String, for head: BenchmarkResult) throws -> StoredBaseline {
        if name.hasSuffix(".json"), HostFiles(root: "").exists(name.hasPrefix("/") ? name : "./" + name) {
            let result = try FileBaselineStore.read(name)
            return StoredBaseline(
                name: name, machineClass: result.machine?.machineClass ?? "", location: name, result: result)
        }
        let (store, name) = try stores.opened(for: name)
        let own = head.machine?.machineClass ?? ""
        guard !own.isEmpty else { return try store.load(name: name, machineClass: nil) }
        do throws(BaselineStoreError) {
            return try store.load(name: name, machineClass: own)
        } catch {
            guard case .notFound = error else { throw error }
            return try store.load(name: name, machineClass: nil)
        }
    }

    func store(in context: CommandContext) throws {
        guard let baseline, let result = names.first else { return }
        let (store, name) = try stores.opened(for: baseline)
        try BaselineSaving(store: store, machineClass: nil).save(result, name: name, in: context)
    }
}
