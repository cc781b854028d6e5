import PerfProfiles
import PerfReports
import Testing

/// Source text without a file system.
struct FixedSources: SourceTextProvider {
    var files: [String: SourceText] = [:]

    func text(of path: String) -> SourceText { files[path] ?? .unavailable(reason: "\(path): not here") }
}

@Suite("Report goldens") struct ReportGoldenTests {
    private static let source = FixedSources(files: [
        "/src/shop/Sources/shop.swift": .lines(
            (1...70).map { $0 % 10 == 0 ? "func line\($0)() {" : "\tlet line\($0) = \"漢字 \u{1B}[31m\"" }, modifiedAt: 0)
    ])

    private func bytes(
        _ format: String, _ profile: Profile, by dimension: Dimension = .function,
        order: FrameTable.Order = .selfValue, limit: Int? = nil, width: Int? = nil, color: Bool = false,
        focus: String? = nil, sources: FixedSources = ReportGoldenTests.source
    ) throws -> [UInt8] {
        let report = try Report(
            profile, source: "shop.pb.gz",
            filter: ProfileFilter(focus: try focus.map { try NamePattern($0, option: "--focus") }), by: dimension,
            order: order, limit: limit, layout: Report.Layout(width: width, usesColor: color), sources: sources
        )
        return try ReportFormats.format(named: format).bytes(of: report)
    }

    @Test("text", arguments: [nil, 120, 80, 50])
    func text(width: Int?) throws {
        try Golden.expect(
            bytes("text", ReportProfiles.service, width: width),
            equals: "service-\(width.map { "\($0)" } ?? "piped").text")
    }

    @Test("text in colour") func color() throws {
        try Golden.expect(bytes("text", ReportProfiles.service, width: 80, color: true), equals: "service-color.text")
    }

    @Test("text by total, by line, by module, by thread")
    func dimensions() throws {
        let profile = ReportProfiles.service
        try Golden.expect(bytes("text", profile, order: .total, width: 100), equals: "service-total.text")
        try Golden.expect(bytes("text", profile, by: .line, limit: 4, width: 100), equals: "service-line.text")
        try Golden.expect(bytes("text", profile, by: .module, width: 100), equals: "service-module.text")
        try Golden.expect(bytes("text", profile, by: .label("thread"), width: 100), equals: "service-thread.text")
    }

    @Test("text of another tool's profile") func foreign() throws {
        try Golden.expect(bytes("text", ReportProfiles.foreign, width: 100), equals: "foreign.text")
    }

    @Test("tree") func tree() throws {
        try Golden.expect(bytes("tree", ReportProfiles.service, width: 100), equals: "service.tree")
        try Golden.expect(bytes("tree", ReportProfiles.service, width: 100, focus: "^parse"), equals: "focus.tree")
        try Golden.expect(bytes("tree", ReportProfiles.service, by: .label("thread"), width: 80), equals: "thread.tree")
    }

    @Test("source") func source() throws {
        let service = ReportProfiles.service
        try Golden.expect(bytes("source", service, width: 100), equals: "service.source")
        try Golden.expect(bytes("source", service, width: 100, sources: FixedSources()), equals: "absent.source")
        let newer = FixedSources(files: [
            "/src/shop/Sources/shop.swift": .lines(["one", "two"], modifiedAt: service.startedAt + 60_000_000_000)
        ])
        try Golden.expect(bytes("source", service, limit: 1, width: 100, sources: newer), equals: "newer.source")
    }

    @Test("folded") func folded() throws {
        try Golden.expect(bytes("folded", ReportProfiles.service), equals: "service.folded")
    }

    @Test("json") func json() throws {
        let stable = ReportProfiles.service
        try Golden.expect(bytes("json", stable), equals: "service.json")
        try Golden.expect(bytes("json", ReportProfiles.foreign, limit: 1), equals: "foreign.json")
        try Golden.expect(bytes("json", stable, by: .label("thread"), limit: 1), equals: "thread.json")
    }

    @Test("text and tree of odd profiles", arguments: ReportProfiles.edgeCases.map(\.name))
    func edges(name: String) throws {
        let profile = try #require(ReportProfiles.edgeCases.first { $0.name == name }).profile
        try Golden.expect(bytes("text", profile, width: 100), equals: "edge-\(name).text")
        try Golden.expect(bytes("tree", profile, limit: 20, width: 100), equals: "edge-\(name).tree")
        if name != "wide" && name != "deep" {
            try Golden.expect(bytes("folded", profile), equals: "edge-\(name).folded")
        }
    }
}
