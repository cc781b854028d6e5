import FoundationEssentials
import PerfProfiles
import Testing

@testable import PerfReports

@Suite("Formats of differences") struct DifferenceFormatTests {
    private func bytes(_ format: String, _ report: DifferenceReport) throws -> [UInt8] {
        try DifferenceFormats.format(named: format).bytes(of: report)
    }

    @Test("each has an id and an explanation, and the list is what the folder holds (mend: ci/generate)")
    func registry() throws {
        #expect(DifferenceFormats.all.map { $0.id }.sorted() == ["folded", "html", "json", "text"])
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/PerfReports")
        var found: [String] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: root.path) where name.hasSuffix("Format.swift")
        {
            let text = String(decoding: try Data(contentsOf: root.appending(path: name)), as: UTF8.self)
            guard text.contains("Format: DifferenceFormat") else { continue }
            found.append(String(name.split(separator: "/").last?.dropLast(".swift".count) ?? ""))
        }
        #expect(DifferenceFormats.all.map { "\($0)" }.sorted() == found.sorted())
        for format in DifferenceFormats.all { #expect(!format.explanation.contains("\n")) }
    }

    @Test("text", arguments: [nil, 100, 60])
    func text(width: Int?) throws {
        try Golden.expect(
            bytes("text", DifferenceProfiles.report(width: width)),
            equals: "diff-\(width.map { "\($0)" } ?? "piped").text")
    }

    @Test("text of shares, per second, by total, in colour, and without a change")
    func variants() throws {
        try Golden.expect(
            bytes("text", DifferenceProfiles.report(normalization: .total, width: 100)), equals: "diff-shares.text")
        try Golden.expect(
            bytes("text", DifferenceProfiles.report(normalization: .duration, width: 100, order: .total)),
            equals: "diff-duration.text")
        try Golden.expect(
            bytes("text", DifferenceProfiles.report(width: 100, color: true)), equals: "diff-color.text")
        let service = ReportProfiles.service
        try Golden.expect(
            bytes("text", DifferenceProfiles.report(service, service, width: 100)), equals: "diff-same.text")
        try Golden.expect(
            bytes("text", DifferenceProfiles.report(ReportProfiles.foreign, normalization: .total, width: 100)),
            equals: "diff-foreign.text")
    }

    @Test("json") func json() throws {
        try Golden.expect(bytes("json", DifferenceProfiles.report()), equals: "diff.json")
    }

    @Test("folded has both values of every stack on one scale") func folded() throws {
        try Golden.expect(bytes("folded", DifferenceProfiles.report()), equals: "diff.folded")
        let report = try DifferenceProfiles.report(normalization: .total)
        var sums = (0.0, 0.0)
        for line in String(decoding: try bytes("folded", report), as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: " ")
            sums.0 += Double(try #require(Double(parts[parts.count - 2])))
            sums.1 += Double(try #require(Double(parts[parts.count - 1])))
        }
        #expect(abs(sums.0 - sums.1) < 10)
    }

    @Test(
        "every format takes every pair and gives the same bytes twice", arguments: ["folded", "html", "json", "text"])
    func laws(id: String) throws {
        let profiles =
            ReportProfiles.edgeCases.filter { $0.name != "wide" } + [
                ("service", ReportProfiles.service), ("foreign", ReportProfiles.foreign),
            ]
        for (name, profile) in profiles {
            for other in [profile, ReportProfiles.service] {
                guard profile.sampleTypes.contains(where: { type in other.sampleTypes.contains(type) }) else {
                    continue
                }
                let report = try DifferenceProfiles.report(profile, other, normalization: .total, width: 80)
                let bytes = try bytes(id, report)
                #expect(try self.bytes(id, report) == bytes, "\(name)")
                #expect(!bytes.contains(0x1B) && !bytes.contains(0x07), "\(name)")
                #expect(String(validating: bytes, as: UTF8.self) != nil, "\(name)")
            }
        }
    }

    @Test("a profile compared with itself has no change in any edge case")
    func same() throws {
        for (name, profile) in ReportProfiles.edgeCases where name != "wide" {
            let report = try DifferenceProfiles.report(profile, profile, normalization: .total)
            #expect(!report.comparison.hasFindings, "\(name)")
        }
    }

    @Test("names cannot end the page's data")
    func hostileNames() throws {
        let report = try DifferenceProfiles.report(
            HTMLScene.hostile.profile, HTMLScene.known.profile, normalization: .total)
        let page = String(decoding: try bytes("html", report), as: UTF8.self)
        let start = try #require(page.firstRange(of: #"<script type="application/json" id="profile">"#)).upperBound
        let end = try #require(page[start...].firstRange(of: "</script>")).lowerBound
        #expect(!page[start..<end].contains("<"))
        #expect(throws: Never.self) {
            try JSONDecoder().decode(Payload.self, from: Data(String(page[start..<end]).utf8))
        }
    }

    private struct Payload: Decodable {
        struct Difference: Decodable {
            var headline: String
            var own: [Int]
        }
        var diff: Difference
    }
}
