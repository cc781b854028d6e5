/// Where the guides contradict themselves, each other, or what was measured.
enum Contradictions {
    static func all(in sizing: Sizing) -> [SizingContradiction] {
        [workers(sizing), redis(sizing), pools(sizing)].compactMap { $0 }
    }

    /// Cores × 2 + 1 against the tables, the guide's own baseline, and measurements.
    private static func workers(_ sizing: Sizing) -> SizingContradiction? {
        guard let cpus = sizing.cpus,
            let formula = sizing.recommendations.first(where: { $0.id == "worker_formula" })?.number("workers")
        else { return nil }
        var statements = [
            SizingContradiction.Statement(
                source: .guideA,
                text:
                    "the formula, \(WorkerArithmetic.formulaText(cpus: cpus.count)) workers (4 cores 9, 8 cores 17)",
                value: formula)
        ]
        for table in [GuideTable.workers, .applicationServer] {
            let row = sizing.recommendations.first { $0.id == table.id }
            if let row, let workers = row.number("workers"), row.selectors.allSatisfy({ $0.input != .cores }),
                let vcpus = row.number("vcpus")
            {
                statements.append(
                    .init(
                        source: .guideA,
                        text: "the table for \(table.title), by load (\(row.row)): \(Figure.text(workers)) workers on "
                            + "\(Figure.text(vcpus)) vCPU",
                        value: workers))
            }
            if let index = table.largestRow(onCPUs: cpus.count),
                let workers = table.rows[index].sizes.first(where: { $0.name == "workers" })?.number
            {
                statements.append(
                    .init(
                        source: .guideA,
                        text: "the table for \(table.title), by vCPU (\(table.rows[index].vcpusText)): "
                            + "\(Figure.text(workers)) workers",
                        value: workers))
            }
        }
        let measured = sizing.recommendations.filter { $0.source == .measured && $0.number("workers") != nil }
        for recommendation in measured {
            guard let workers = recommendation.number("workers") else { continue }
            statements.append(
                .init(
                    source: .measured, text: recommendation.reasoning.map(equation) ?? recommendation.row,
                    value: workers))
        }
        guard Set(statements.map(\.value)).count > 1 else { return nil }
        let preferred =
            measured.isEmpty
            ? "measure: W = λ × service time / 0.8 knows the jobs, and CPUs / share computing how many fit; until then "
                + "start with the row for the load, and add only while jobs wait and CPUs have room"
            : "the measured form: it knows how many jobs there are and how long one takes"
        return SizingContradiction(
            id: "workers", resource: .workers, statements: statements,
            explanation:
                "the formula counts CPUs and the tables count work, and neither knows how long a job takes or how much of it "
                + "computes. A worker does one job at a time: while jobs only compute, one per CPU is the limit and the rest "
                + "wait; 2 per CPU fit jobs that wait half of their time. The formula also gives every CPU to one kind of "
                + "worker, where the guide's own baseline runs 4 Uvicorn and 4 RQ workers on 4 vCPU",
            preferred: preferred)
    }

    /// The first part of a reasoning.
    private static func equation(_ reasoning: String) -> String {
        String(reasoning.prefix { $0 != ";" })
    }

    /// The table against guide B's one size, and the 2 GB of the large profile.
    private static func redis(_ sizing: Sizing) -> SizingContradiction? {
        guard let row = sizing.recommendations.first(where: { $0.id == "redis_table" }),
            let memory = row.number("memory_bytes")
        else { return nil }
        let gigabyte = 1_073_741_824.0
        var statements: [SizingContradiction.Statement] = [
            .init(source: .guideA, text: "the table, \(row.sizes[0].text) (\(row.row))", value: memory)
        ]
        let profile = sizing.recommendations.first { $0.id == "workload_profiles" }
        if profile?.sizes.contains(.word("profile", "large")) ?? false {
            statements.append(
                .init(source: .guideA, text: "the large profile, 2 GB instead of 256 MB", value: 2 * gigabyte))
        }
        statements.append(.init(source: .guideB, text: "maxmemory 4gb, whatever the load", value: 4 * gigabyte))
        guard Set(statements.map(\.value)).count > 1 else { return nil }
        return SizingContradiction(
            id: "redis_memory", resource: .redis, statements: statements,
            explanation:
                "the table counts jobs"
                + (statements.count == 3
                    ? ", the profile mends a Redis that was short of memory beside other things," : "")
                + " and guide B has a cache in mind; none of them knows how large a job is",
            preferred: "the table's row to begin with, twice the peak of used_memory once that is measured")
    }

    /// 50 + 20 of one guide, 20 + 10 of the other.
    private static func pools(_ sizing: Sizing) -> SizingContradiction? {
        guard sizing.recommendations.contains(where: { $0.id == "pool_settings_a" }) else { return nil }
        let derived = sizing.recommendations.first { $0.id == "pool_per_process" }?.reasoning
        return SizingContradiction(
            id: "pools", resource: .connectionPool,
            statements: [
                .init(source: .guideA, text: "50 + 20 for each process, instead of 20", value: 70),
                .init(source: .guideB, text: "20 + 10 for each process, through PgBouncer", value: 30),
            ],
            explanation:
                "guide A's pools connect to PostgreSQL itself, guide B's to PgBouncer, which has 25 connections for "
                + "all of them" + (derived.map { "; \($0)" } ?? ""),
            preferred: "guide B behind PgBouncer; without it, no more than usable connections / processes each")
    }
}
