import FoundationEssentials
import PerfLinux
import PerfModel

/// What a project builds, and how: for a first `perfdoctor.json`.
package struct ProjectSurvey: Sendable {
    /// A program that the project builds.
    package struct Program: Hashable, Sendable {
        package var name: String
        /// From the project's top.
        package var path: String
        /// Whether it measures something, so that it needs no arguments.
        package var isBenchmark: Bool
    }

    /// The command line that builds it; nil where nothing tells.
    package private(set) var build: String?
    /// What the build is known by, such as `Package.swift`; nil where nothing tells.
    package private(set) var buildFile: String?
    /// By rising name, benchmarks first.
    package private(set) var programs: [Program] = []
    package private(set) var warnings: [Warning] = []

    /// Files that tell how a project is built, the first that exists decides.
    private static let builds: [(file: String, command: String)] = [
        ("Package.swift", "swift build -c release"),
        ("Cargo.toml", "cargo build --release"),
        ("go.mod", "go build -o build/ ./..."),
        ("CMakeLists.txt", "sh -c 'cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build'"),
        ("meson.build", "sh -c '(test -d build || meson setup --buildtype release build) && meson compile -C build'"),
        ("Makefile", "make"),
    ]

    /// Looks at a project.
    ///
    /// - Parameters:
    ///   - directory: its top.
    ///   - isInPlugin: whether it is a plugin of SwiftPM that runs us.
    /// - Throws: when no process can be started.
    package init(of directory: String, isInPlugin: Bool = false) throws {
        guard
            let known = Self.builds.first(where: {
                FileManager.default.fileExists(atPath: "\(directory)/\($0.file)")
            })
        else { return }
        build = known.command
        buildFile = known.file
        guard known.file == "Package.swift" else { return }
        let lock = isInPlugin ? ["--ignore-lock"] : []
        let answer = try ToolRun(arguments: ["swift", "package"] + lock + ["dump-package"], directory: directory).run()
        guard answer.isSuccess else {
            doubt(
                "swift package dump-package \(answer.ending)", remedy: "run it to see why: swift package dump-package")
            return
        }
        do {
            programs = try Self.programs(of: try JSONValue.parsed(Array(answer.text.utf8)))
        } catch {
            doubt(error.reason, remedy: "name the programs of the package in perfdoctor.json yourself")
        }
    }

    private mutating func doubt(_ reason: String, remedy: String) {
        warnings.append(
            Warning(
                code: "package_unread", message: "the programs of Package.swift are not known: \(reason.printable)",
                remedy: remedy))
    }

    /// The executables that a dumped package builds.
    ///
    /// Products that it declares, and one for each executable target that is in none of them.
    package static func programs(of package: JSONValue) throws(ReadingProblem) -> [Program] {
        let package = JSONNode(package)
        var benchmarks: Set<String> = []
        var names: [String: Bool] = [:]
        var targets: [String] = []
        for target in try package["targets"].elements() where try target["type"].string() == "executable" {
            let name = try target["name"].string()
            targets.append(name)
            for dependency in try target["dependencies"].elements() {
                for (_, node) in try dependency.members() where node.isArray && node.first.word == "PerfBenchmark" {
                    benchmarks.insert(name)
                }
            }
            if name.lowercased().contains("benchmark") { benchmarks.insert(name) }
        }
        var covered: Set<String> = []
        for product in try package["products"].elements() where product["type"].has("executable") {
            let parts = try product["targets"].elements()
            let name = try product["name"].string()
            names[name] = false
            for part in parts {
                let target = try part.string()
                covered.insert(target)
                if benchmarks.contains(target) { names[name] = true }
            }
        }
        for target in targets where !covered.contains(target) { names[target] = benchmarks.contains(target) }
        return names.map { Program(name: $0.key, path: ".build/release/\($0.key)", isBenchmark: $0.value) }
            .sorted { ($0.isBenchmark ? 0 : 1, $0.name) < ($1.isBenchmark ? 0 : 1, $1.name) }
    }
}
