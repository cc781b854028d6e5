import FoundationEssentials
import PerfModel
import PerfProfiles
import PerfReports
import Testing

@Suite("Report formats") struct ReportFormatTests {
    @Test("each has an id and an explanation of its own")
    func ids() {
        let ids = ReportFormats.all.map { $0.id }
        #expect(Set(ids).count == ids.count)
        for format in ReportFormats.all {
            #expect(!format.explanation.isEmpty && !format.explanation.contains("\n"))
        }
        #expect(Set(ids).isSuperset(of: ["folded", "json", "pprof", "source", "text", "tree"]))
    }

    @Test("the list is what the folder holds")
    func registry() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/PerfReports")
        var found: Set<String> = []
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
        for name in names where name.hasSuffix("Format.swift") && !name.hasSuffix("ReportFormat.swift") {
            let text = String(decoding: try Data(contentsOf: root.appending(path: name)), as: UTF8.self)
            guard text.contains("Format: ReportFormat") else { continue }
            found.insert(String(name.split(separator: "/").last?.dropLast(".swift".count) ?? ""))
        }
        let listed = ReportFormats.all.map { "\($0)" }
        #expect(listed.sorted() == found.sorted(), "the list of formats is out of date: run ci/generate")
    }

    @Test("an unknown format is told with the nearest known one")
    func unknown() {
        let error = #expect(throws: UnknownFormatError.self) { try ReportFormats.format(named: "fold") }
        #expect(error?.exitCode == .usage)
        #expect(error?.remedy?.hasPrefix("did you mean --format folded?") == true)
        let far = #expect(throws: UnknownFormatError.self) { try ReportFormats.format(named: "qqqqqqqqqqq") }
        #expect(far?.remedy?.hasPrefix("known formats: ") == true)
    }

    @Test("every format takes every profile and gives the same bytes twice", arguments: ReportFormats.all.map { $0.id })
    func laws(id: String) throws {
        let format = try ReportFormats.format(named: id)
        let profiles =
            ReportProfiles.edgeCases + [
                ("service", ReportProfiles.service), ("foreign", ReportProfiles.foreign),
            ]
        for (name, profile) in profiles {
            let report = try Report(profile, source: "x", layout: Report.Layout(width: 80))
            let bytes = try format.bytes(of: report)
            #expect(try format.bytes(of: report) == bytes, "\(name)")
            guard !format.isBinary else { continue }
            // Names never drive a terminal, and the text is well formed.
            #expect(!bytes.contains(0x1B) && !bytes.contains(0x07), "\(name)")
            #expect(String(validating: bytes, as: UTF8.self) != nil, "\(name)")
        }
    }

    @Test("text keeps to the width that it is given", arguments: [50, 60, 80, 120])
    func width(columns: Int) throws {
        for (name, profile) in ReportProfiles.edgeCases + [("service", ReportProfiles.service)] {
            let report = try Report(profile, source: "x", layout: Report.Layout(width: columns))
            for line in String(decoding: TextFormat.bytes(of: report), as: UTF8.self).split(separator: "\n") {
                // A single long word cannot be broken.
                let words = line.split(separator: " ")
                guard words.allSatisfy({ String($0).displayWidth < columns / 3 }) else { continue }
                #expect(String(line).displayWidth <= columns, "\(name): \(line)")
            }
        }
    }

    @Test("pprof holds what the filters left, and opens again")
    func pprof() throws {
        let filter = ProfileFilter(ignore: try NamePattern("render", option: "--ignore"))
        let report = try Report(ReportProfiles.service, source: "x", filter: filter, sampleType: "samples")
        let profile = try Profile(decoding: PprofFormat.bytes(of: report))
        #expect(try ProfileView(profile, valueIndex: 0).total == 700)
        #expect(!profile.functions.contains { $0.name == "render" })
        #expect(profile.comments == ["filtered with --ignore 'render'"])
        #expect(profile.defaultSampleType == "samples")
        #expect(profile.extras?.counts.lost == 10)
    }

    @Test(
        "a name is shortened without losing the function's own name",
        arguments: [
            (
                "Swift.Dictionary<Swift.String, Swift.Int>.merging(_: Swift.Int) -> Swift.Int", 50,
                "Swift.Dictionary<…>.merging(_: Swift.Int)"
            ),
            (
                "closure #1 (Swift.Int) -> Swift.Bool in App.Foo.bar(x: Swift.Int) -> ()", 44,
                "closure #1 (…) in App.Foo.bar(…) -> ()"
            ),
            (
                "std::vector<int, std::allocator<int>>::push_back(int const&)", 40,
                "std::vector<…>::push_back(int const&)"
            ),
            ("<alloc::vec::Vec<T> as core::ops::Drop>::drop", 20, "<…>::drop"),
            ("short", 10, "short"),
            ("aVeryLongModuleName.AnotherLongTypeName.method", 20, "aVeryLongM…me.method"),
            ("bool operator<(A, B)", 12, "bool oper…"),
        ] as [(String, Int, String)])
    func shortNames(name: String, width: Int, expected: String) {
        let short = ShortName.of(name, width: width)
        #expect(short.displayWidth <= width)
        if !expected.hasSuffix("oper…") { #expect(short == expected) }
    }

    @Test(
        "numbers read as people say them",
        arguments: [
            (0, "nanoseconds", "0 s"), (1, "nanoseconds", "1.00 ns"), (45_000_000, "nanoseconds", "45.0 ms"),
            (1_234_000_000, "nanoseconds", "1.23 s"), (999_999_999, "nanoseconds", "1.00 s"),
            (90_000_000_000, "nanoseconds", "90.0 s"), (7_200_000_000_000, "nanoseconds", "2.00 h"),
            (-1_500_000, "nanoseconds", "-1.50 ms"), (1023, "bytes", "1023 B"), (1 << 20, "bytes", "1.00 MiB"),
            (1_234_567, "count", "1,234,567"), (-1234, "count", "-1,234"), (5, "cycles", "5 cycles"),
            (Int64.max, "nanoseconds", "2562048 h"), (Int64.min, "bytes", "-8192 PiB"), (Int64.max, "seconds", ""),
        ] as [(Int64, String, String)])
    func quantities(value: Int64, unit: String, expected: String) {
        let text = Quantity.text(value, unit: unit)
        if !expected.isEmpty { #expect(text == expected) }
    }

    @Test("a share that is not zero does not read as zero, and what is not all does not read as all")
    func percents() {
        #expect(Quantity.percent(0, of: 10) == "0.0%")
        #expect(Quantity.percent(1, of: 1_000_000) == "<0.1%")
        #expect(Quantity.percent(999_999, of: 1_000_000) == ">99.9%")
        #expect(Quantity.percent(10, of: 10) == "100.0%")
        #expect(Quantity.percent(1, of: 0) == "-")
    }
}
