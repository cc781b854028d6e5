extension GuideTable {
    /// The guide's workload profiles with what it measured, by the first that has as many jobs at a time and a second.
    static let workload = GuideTable(
        id: "workload_profiles", resource: .workload, title: "workload profile", source: .guideA,
        inputs: [.concurrentJobs, .jobsPerSecond],
        rows: [
            row(
                "test", jobs: 5, connectors: 10, fields: 50, "tests in CI", throughput: 0.48...0.48,
                latency: 0.28...0.28, cpu: 0.45...0.45, gigabytes: 256.7 / 1024...256.7 / 1024, memory: "257 MB"),
            row(
                "small", jobs: 10, connectors: 50, fields: 100, "fewer than 1,000 employees", throughput: 2...3,
                latency: 0.5...0.8, cpu: 0.6...0.7, gigabytes: 1...2, memory: "1-2 GB",
                remedy: "small profile, short of database connections: a pool of 50 instead of 20, overflow 20",
                gain: "throughput +33% (3.2 jobs/s), P95 -30% (450 ms)"),
            row(
                "medium", jobs: 25, connectors: 200, fields: 200, "1,000 to 5,000 employees", throughput: 5...8,
                latency: 1...2, cpu: 0.75...0.85, gigabytes: 4...6, memory: "4-6 GB",
                remedy: "medium profile, short of RQ workers: 8 instead of 4",
                gain: "throughput +70% (10.5 jobs/s), P95 -40% (900 ms)"),
            row(
                "large", jobs: 50, connectors: 1000, fields: 500, "5,000 employees and more", throughput: 15...25,
                latency: 2...5, cpu: 0.85...0.95, gigabytes: 8...12, memory: "8-12 GB",
                remedy:
                    "large profile, short of several things: database db.t3.large to db.t3.2xlarge, Redis 256 MB to "
                    + "2 GB, 4 workers to 16, PgBouncer, read replicas",
                gain: "throughput +75% (35 jobs/s), P95 -55% (1.8 s)"),
        ],
        notes: [
            "measured by the guide on 4 vCPU (2.5 GHz), 16 GB RAM, 100 GB SSD, 1 Gbit/s, with PostgreSQL 14 "
                + "(db.t3.medium), Redis 6 (256 MB), Python 3.11, 4 Uvicorn workers and 4 RQ workers"
        ])

    private static func row(
        _ name: String, jobs: Double, connectors: Double, fields: Double, _ use: String,
        throughput: ClosedRange<Double>, latency: ClosedRange<Double>, cpu: ClosedRange<Double>,
        gigabytes: ClosedRange<Double>, memory: String, remedy: String? = nil, gain: String? = nil
    ) -> Row {
        func band(_ range: ClosedRange<Double>) -> String {
            let low = Figure.text(range.lowerBound)
            return range.lowerBound == range.upperBound ? low : "\(low)-\(Figure.text(range.upperBound))"
        }
        let percents = cpu.lowerBound * 100...cpu.upperBound * 100
        return Row(
            bands: [
                .concurrentJobs: Band(text: "up to \(Figure.text(jobs))", upper: jobs, includesUpper: true),
                .jobsPerSecond: Band(text: band(throughput), upper: throughput.upperBound, includesUpper: true),
            ],
            name: name,
            sizes: [
                .word("profile", name),
                .count("connectors", connectors, "connectors"),
                .count("concurrent_jobs", jobs, "jobs at a time"),
                .count("fields_per_connector", fields, "fields each"),
                .word("use", use, text: "for \(use)"),
                .range(
                    "throughput_jobs_per_second", throughput.lowerBound, throughput.upperBound, unit: "jobs/s",
                    text: "\(band(throughput)) jobs/s"),
                .range(
                    "p95_seconds", latency.lowerBound, latency.upperBound, unit: "s", text: "P95 \(band(latency)) s"),
                .range("cpu_ratio", cpu.lowerBound, cpu.upperBound, unit: "ratio", text: "CPU \(band(percents))%"),
                .range(
                    "memory_bytes", gigabytes.lowerBound * 1_073_741_824, gigabytes.upperBound * 1_073_741_824,
                    unit: "bytes", text: "memory \(memory)"),
            ],
            remedy: remedy.map { SizingRemedy(resource: .workload, text: $0, claimedGain: gain, source: .guideA) })
    }

    /// What Little's law says about a profile: so many jobs at a time at such a rate take so long each.
    ///
    /// - Returns: a correction where the mean cannot be that long with the P95 that the guide gives.
    static func littlesLaw(of row: Row) -> SizingRecommendation.Correction? {
        func range(_ name: String) -> ClosedRange<Double>? {
            guard case .range(let low, let high)? = row.sizes.first(where: { $0.name == name })?.value else {
                return nil
            }
            return low...high
        }
        guard let throughput = range("throughput_jobs_per_second"), let latency = range("p95_seconds"),
            let jobs = row.sizes.first(where: { $0.name == "concurrent_jobs" })?.number, let name = row.name
        else { return nil }
        // The shortest mean that the guide's numbers allow, against its longest P95.
        let shortest = jobs / throughput.upperBound
        guard shortest > latency.upperBound else { return nil }
        return SizingRecommendation.Correction(
            subject: "latency of the \(name) profile", source: .guideA,
            claim: "P95 \(Figure.text(latency.upperBound)) s",
            corrected: "\(Figure.text(shortest)) s on average from enqueuing to the end",
            reason:
                "Little's law: \(Figure.text(jobs)) jobs at a time / \(Figure.text(throughput.upperBound)) jobs/s = "
                + "\(Figure.text(shortest)) s; what the guide calls latency cannot be the whole time of a job")
    }
}
