import FoundationEssentials
import PerfReports
import Testing

@Suite("HTML report in a browser") struct HTMLBrowserTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/html")

    private static let missing: String? = {
        let tools = ["chromium", "chromedriver", "python3"].filter { !HTMLProcess.isInstalled($0) }
        guard !tools.isEmpty else { return nil }
        let reason = "\(tools.joined(separator: ", ")) missing: apt-get install chromium chromium-driver python3"
        print("skipped HTML report in a browser: \(reason)")
        return reason
    }()

    @Test(
        "loads, searches, zooms, filters and prints as people expect",
        .enabled(if: missing == nil, "chromium, chromedriver and python3 are needed"), .timeLimit(.minutes(15))
    )
    func scenarios() throws {
        let script = Self.fixtures.appending(path: "scenarios.py")
        let outcome = try withHTMLDirectory { directory in
            let pages = [
                "known": HTMLScene.known, "hostile": .hostile, "wide": .wide, "deep": .deep, "empty": .empty,
                "stall": .stall, "million": .million,
            ]
            for (name, scene) in pages {
                try Data(try scene.page()).write(to: directory.appending(path: "\(name).html"))
            }
            let heaps = [
                "heap": HTMLHeapScene.known, "heap-sampled": .sampled, "heap-hostile": .hostile, "heap-wide": .wide,
                "heap-leaks": .leaking,
            ]
            for (name, scene) in heaps {
                try Data(try scene.page()).write(to: directory.appending(path: "\(name).html"))
            }
            let difference = try DifferenceProfiles.report(HTMLScene.known.profile, HTMLScene.slower.profile)
            try Data(try HTMLDifferenceFormat.bytes(of: difference)).write(to: directory.appending(path: "diff.html"))
            let diagnoses = [
                "diagnosis": DiagnosisScene(), "diagnosis-plain": DiagnosisScene(hasProfile: false),
                "diagnosis-hostile": .hostile,
            ]
            for (name, scene) in diagnoses {
                let page = try HTMLDiagnosisFormat.bytes(of: scene.report())
                try Data(page).write(to: directory.appending(path: "\(name).html"))
            }
            for (name, hostile) in [("probe", ""), ("probe-hostile", ProbeScene.hostileText)] {
                let page = try ProbeFormats.format(named: "html").bytes(of: ProbeScene.report(hostile: hostile))
                try Data(page).write(to: directory.appending(path: "\(name).html"))
            }
            return try HTMLProcess(["python3", "-B", script.path, directory.path], in: directory)
        }
        let lines = outcome.output.split(separator: "\n")
        let passed = lines.count { $0.hasPrefix("ok ") }
        let scripts = ["scenarios.py", "heap_scenarios.py", "diagnosis_scenarios.py", "probe_scenarios.py"]
        let expected = try scripts.reduce(0) { count, name in
            let source = try String(contentsOf: Self.fixtures.appending(path: name), encoding: .utf8)
            return count + source.split(separator: "\n").count { $0 == "@scenario" }
        }
        #expect(outcome.status == 0)
        #expect(passed == expected, "\(outcome.output)")
    }
}
