extension GuideTable {
    /// The servers of the HTTP API.
    static let applicationServer = GuideTable(
        id: "application_server_table", resource: .applicationServer, title: "API servers (Uvicorn)", source: .guideA,
        inputs: [.users, .requestsPerSecond],
        rows: [
            row("<100", 100, "<50", 50, vcpus: 2),
            row("100-500", 500, "50-200", 200, vcpus: 4),
            row("500-2000", 2000, "200-1000", 1000, vcpus: 8),
            row("2000+", nil, "1000+", nil, vcpus: 16),
        ],
        notes: ["guide B holds servers to 1,000 requests/s and more at P95 below 500 ms and P99 below 1 s"])

    /// One worker and 2 GB for each vCPU in every row.
    private static func row(
        _ users: String, _ usersEnd: Double?, _ requests: String, _ requestsEnd: Double?, vcpus: Double
    ) -> Row {
        let isLast = usersEnd == nil
        return Row(
            bands: [
                .users: Band(text: users, upper: usersEnd),
                .requestsPerSecond: Band(text: requests, upper: requestsEnd),
            ],
            sizes: [
                .count("workers", vcpus, "Uvicorn workers", orMore: isLast), .vcpus(vcpus, orMore: isLast),
                .memory(gigabytes: vcpus * 2, orMore: isLast),
            ])
    }
}
