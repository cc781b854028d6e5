extension GuideTable {
    /// RQ workers by the jobs that they have to do.
    static let workers = GuideTable(
        id: "rq_worker_table", resource: .workers, title: "RQ workers", source: .guideA, inputs: [.jobsPerSecond],
        rows: [
            row("<10", 10, "Baseline", workers: 4),
            row("10-25", 25, "Medium scale", workers: 8),
            row("25-50", 50, "High scale", workers: 16),
            row("50+", nil, "Enterprise scale", workers: 32),
        ],
        notes: ["the row knows how many jobs there are and not how long one takes: measured times replace it"])

    /// Two workers and 2 GB for each vCPU in every row.
    private static func row(_ jobs: String, _ end: Double?, _ name: String, workers: Double) -> Row {
        Row(
            bands: [.jobsPerSecond: Band(text: jobs, upper: end)], name: name,
            sizes: [
                .count("workers", workers, "RQ workers", orMore: end == nil), .vcpus(workers / 2, orMore: end == nil),
                .memory(gigabytes: workers, orMore: end == nil),
            ])
    }
}
