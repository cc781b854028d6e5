extension GuideTable {
    /// PostgreSQL instances.
    ///
    /// Rows share their edges in the guide. 10, 50 and 200 tenants belong to the smaller row; 1M and 10M events to the
    /// larger one, as 100k do by the guide's own "<100k".
    static let database = GuideTable(
        id: "database_table", resource: .database, title: "PostgreSQL", source: .guideA, inputs: [.tenants, .events],
        rows: [
            row("1-10", 10, "<100k", 1e5, "db.t3.small", vcpus: 2, gigabytes: 2, storage: 20),
            row("10-50", 50, "100k-1M", 1e6, "db.t3.medium", vcpus: 2, gigabytes: 4, storage: 50),
            row("50-200", 200, "1M-10M", 1e7, "db.t3.large", vcpus: 2, gigabytes: 8, storage: 100),
            row(
                "200-1000", 1000, "10M-100M", 1e8, "db.t3.2xlarge", vcpus: 8, gigabytes: 32, storage: 500, isLast: true),
        ],
        notes: [
            "the first three rows have the same 2 vCPU and differ in memory and disk alone, and t3 instances are "
                + "burstable: under a load that never rests, their CPUs are held back or billed extra"
        ])

    private static func row(
        _ tenants: String, _ tenantsEnd: Double, _ events: String, _ eventsEnd: Double, _ instance: String,
        vcpus: Double, gigabytes: Double, storage: Double, isLast: Bool = false
    ) -> Row {
        Row(
            bands: [
                .tenants: Band(text: tenants, upper: tenantsEnd, includesUpper: true),
                .events: Band(text: events, upper: eventsEnd, includesUpper: isLast),
            ],
            sizes: [
                .word("instance", instance), .vcpus(vcpus), .memory(gigabytes: gigabytes),
                .bytes("storage_bytes", gigabytes: storage, "disk"),
            ])
    }
}
