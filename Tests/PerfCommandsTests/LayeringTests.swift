import FoundationEssentials
import Testing

/// The map of ARCHITECTURE.md as data: what each target may import of this package.
@Suite("Layering")
struct LayeringTests {
    private static let allowed: [String: Set<String>] = [
        "perfdoctor": ["PerfCommands"],
        "PerfCommands": [
            "PerfSessions", "PerfReports", "PerfSampling", "PerfAllocations", "PerfProfiles", "PerfSymbols",
            "PerfHost", "PerfProbes", "PerfDiagnosis", "PerfBaselines", "PerfSizing", "PerfClients", "PerfLinux",
            "PerfStatistics", "PerfModel",
        ],
        "PerfReports": [
            "PerfProfiles", "PerfHost", "PerfProbes", "PerfDiagnosis", "PerfBaselines", "PerfSizing", "PerfStatistics",
            "PerfModel",
        ],
        "PerfSessions": [
            "PerfSampling", "PerfAllocations", "PerfLeaks", "PerfHost", "PerfProbes", "PerfDiagnosis", "PerfBaselines",
            "PerfSizing", "PerfClients", "PerfSymbols", "PerfProfiles", "PerfLinux", "PerfStatistics", "PerfModel",
            "CPerfLinux",
        ],
        "PerfBenchmark": [],
        "perfdoctor-benchmarks": ["PerfBenchmark"],
        "PerfLeaks": ["PerfSymbols", "PerfLinux", "PerfModel", "CPerfLeaks", "CPerfLinux"],
        "PerfAllocations": [
            "PerfLeaks", "PerfSymbols", "PerfProfiles", "PerfLinux", "PerfModel", "CPerfLinux", "CPerfWire",
        ],
        "PerfSampling": ["PerfSymbols", "PerfProfiles", "PerfLinux", "PerfModel", "CPerfUnwind", "CPerfLinux"],
        "PerfDiagnosis": ["PerfModel"],
        "PerfHost": ["PerfLinux", "PerfModel", "CPerfLinux"],
        "PerfSymbols": ["PerfLinux", "PerfModel", "CPerfSymbols", "CZlib"],
        "PerfProfiles": ["PerfStatistics", "PerfModel", "CZlib"],
        "PerfLinux": ["PerfModel", "CPerfLinux"],
        "PerfStatistics": ["PerfModel"],
        "PerfBaselines": ["PerfStatistics", "PerfClients", "PerfLinux", "PerfModel", "CPerfLinux"],
        "PerfProbes": ["PerfClients", "PerfStatistics", "PerfLinux", "PerfModel", "CPerfLinux"],
        "PerfClients": ["PerfLinux", "PerfModel", "CPerfClients"],
        "PerfSizing": ["PerfModel"],
        "PerfModel": [],
        "perfdoctor-unwind-benchmark": ["PerfSessions", "PerfSampling", "PerfModel"],
        "perfdoctor-host-benchmark": ["PerfHost", "PerfLinux", "PerfModel"],
        "embed-preload": [],
        // It has to compile by itself, without the package.
        "perfdoctor-workload": [],
    ]

    /// The modules that a source file imports.
    private func imports(in source: String) -> [String] {
        source.split(separator: "\n").compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            guard let index = words.firstIndex(of: "import"),
                words[..<index].allSatisfy({ $0.hasPrefix("@") || $0 == "package" || $0 == "internal" })
            else { return nil }
            words.removeFirst(index + 1)
            let kinds = ["struct", "class", "enum", "protocol", "func", "typealias", "let", "var"]
            if let first = words.first, kinds.contains(first) { words.removeFirst() }
            return words.first.map { String($0.prefix { $0 != "." }) }
        }
    }

    @Test("every import points down")
    func importsPointDown() throws {
        let own = try Set(
            FileManager.default.contentsOfDirectory(atPath: Repository.root + "Sources")
        )
        for file in try Repository.files(below: "Sources") where file.hasSuffix(".swift") {
            let target = String(file.split(separator: "/")[1])
            let allowed = try #require(Self.allowed[target], "ARCHITECTURE.md and this test lack \(target)")
            for module in imports(in: try Repository.text(of: file)) where own.contains(module) {
                #expect(allowed.contains(module), "\(file) imports \(module): that arrow does not point down")
            }
        }
    }

    @Test("Package.swift declares no arrow that points up")
    func packagePointsDown() throws {
        // Without blanks, `name:"X"` begins a target; what is quoted before the next one may be a dependency.
        let manifest = try Repository.text(of: "Package.swift").filter { !$0.isWhitespace }
        let parts = manifest.split(separator: ".product(name:").joined(separator: ".product(").split(
            separator: "name:\"")
        for part in parts {
            let names = part.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 0 }.map { String($0.element) }
            guard let target = names.first, let allowed = Self.allowed[target] else { continue }
            // A test target is listed under a name of its own, so all that follows here is below this target.
            for name in names.dropFirst() where name != target && Self.allowed[name] != nil {
                #expect(allowed.contains(name), "Package.swift: \(target) depends on \(name)")
            }
        }
    }

    @Test("the map has no circle and no target that is gone")
    func mapIsSound() throws {
        for (target, below) in Self.allowed {
            #expect(FileManager.default.fileExists(atPath: Repository.root + "Sources/" + target))
            var reached = below
            var frontier = below
            while !frontier.isEmpty {
                frontier = Set(frontier.flatMap { Self.allowed[$0] ?? [] }).subtracting(reached)
                reached.formUnion(frontier)
            }
            #expect(!reached.contains(target), "\(target) reaches itself")
        }
    }

    @Test("ARCHITECTURE.md names every target")
    func documentNamesTargets() throws {
        let document = try Repository.text(of: "ARCHITECTURE.md")
        for target in try FileManager.default.contentsOfDirectory(atPath: Repository.root + "Sources") {
            #expect(document.contains(target), "ARCHITECTURE.md does not mention \(target)")
        }
    }
}
