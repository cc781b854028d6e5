import PerfModel
import PerfSessions

/// A first `perfdoctor.json`, with what was found out about the project.
struct SettingsTemplate {
    let survey: ProjectSurvey

    var text: String {
        var lines = [
            "// Settings of perfdoctor. This is JSON5: comments and trailing commas are fine.",
            "{",
            "    // What 'perfdoctor bench' measures, and what 'perfdoctor gate' compares between two commits.",
            "    // A command should do the same work each time, and take 10 ms to some seconds for it.",
            "    suites: {",
        ]
        lines += survey.programs.isEmpty ? Self.example : survey.programs.flatMap { Self.suite(of: $0) }
        lines += ["    },", ""]
        if let build = survey.build {
            lines.append("    // How a commit is built before it is measured, at the top of its own checkout.")
            lines.append("    build: \(Self.quoted(build)),")
        } else {
            lines.append("    // How a commit is built before it is measured, at the top of its own checkout.")
            lines.append("    // build: \"make\",")
        }
        return (lines + ["}", ""]).joined(separator: "\n")
    }

    private static let example = [
        "        // Without a suite there is nothing to gate: say what shall be measured.",
        "        // parse: {",
        "        //     command: \"build/my-program tests/large-input.json\",",
        "        //     metrics: [\"cpu_time\", \"allocations\"],",
        "        // },",
    ]

    private static func suite(of program: ProjectSurvey.Program) -> [String] {
        let comment =
            program.isBenchmark
            ? "It measures by itself, and needs no arguments."
            : "--help is but a beginning: give it arguments, or input, that make it do its work."
        return [
            "        \(quoted(program.name)): {",
            "            // \(comment)",
            "            command: \(quoted(word(program.path) + (program.isBenchmark ? "" : " --help"))),",
            "            // CPU time decides by its confidence interval; allocations are counted, and may not grow.",
            "            metrics: [\"cpu_time\", \"allocations\"],",
            "            environment: { SWIFT_DETERMINISTIC_HASHING: \"1\" },",
            "        },",
        ]
    }

    /// A word of a command line.
    private static func word(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isLetter || $0.isNumber || "._-+/".contains($0) }
        return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
