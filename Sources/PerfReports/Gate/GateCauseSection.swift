import PerfBaselines

/// Parts of a regression's cause under one title: of one kind, and of one benchmark where the gate has several.
struct GateCauseSection {
    enum Content {
        case parts([GateResult.Cause.Part])
        case counters([GateResult.Cause.Counter])
    }

    /// `"functions"`, `"types"`, `"counters"`; the next benchmark's have a number behind.
    let id: String
    /// Whose parts they are; nil where there is only one benchmark, or it is not known.
    let benchmark: String?
    /// What they are parts of; nil where it is not known.
    var metric: String?
    let content: Content

    /// The title around the benchmark's name: `("What takes more time", " (of base's whole)")`.
    var title: (before: String, after: String) {
        switch content {
        case .parts where id.hasPrefix("functions"):
            switch metric {
            case "instructions": ("What executes more instructions", " (of base's whole)")
            case "off_cpu": ("What waits longer", " (of base's waits)")
            default: ("What takes more time", " (of base's whole)")
            }
        case .parts: ("What allocates more", " (of base's bytes)")
        case .counters: ("Counters that changed", "")
        }
    }

    /// The title as one text, in which a benchmark's name is as it is.
    var text: String { title.before + (benchmark.map { " in \($0)" } ?? "") + title.after }

    /// All sections, functions before types before counters, benchmarks in the order in which they were measured.
    static func all(of result: GateResult) -> [GateCauseSection] {
        guard let cause = result.cause else { return [] }
        let measured = result.comparisons.filter { $0.channel != .objective }.map(\.id)
        let hasSeveral = Set(measured).count > 1
        func grouped<Item>(
            _ id: String, _ items: [Item], _ group: (Item) -> [String?], _ content: ([Item]) -> Content
        ) -> [GateCauseSection] {
            var groups: [[String?]] = []
            for item in items where !groups.contains(group(item)) { groups.append(group(item)) }
            return groups.enumerated().map { index, name in
                GateCauseSection(
                    id: index == 0 ? id : "\(id)-\(index + 1)", benchmark: hasSeveral ? name[0] : nil,
                    metric: name.count > 1 ? name[1] : nil, content: content(items.filter { group($0) == name }))
            }
        }
        return grouped("functions", cause.functions, { [$0.benchmark, $0.metric] }, Content.parts)
            + grouped("types", cause.types, { [$0.benchmark] }, Content.parts)
            + grouped("counters", cause.counters, { [$0.benchmark] }, Content.counters)
    }
}
