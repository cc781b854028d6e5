import ArgumentParser
import FoundationEssentials
import PerfLinux
import PerfModel
import PerfSessions

/// Writes settings and a CI job into a repository.
struct InitCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Writes perfdoctor.json and a CI job that gates changes into the current repository.",
        discussion: """
            perfdoctor.json gets a suite for each program that a Swift package builds, benchmarks first, and the \
            command that builds the project. The CI job compares each change with what it parted from. Nothing is \
            overwritten, unless --force says so, and nothing is written when a file is in the way.

            EXAMPLES
              perfdoctor init                  for the CI that the repository uses
              perfdoctor init --ci gitlab
              perfdoctor init --ci none        perfdoctor.json alone
              perfdoctor init --no-settings    the CI job alone

            EXIT CODES
              0 written, 5 it cannot be written, 64 a file is in the way, or this is no repository
            """
    )

    @Option(
        help: ArgumentHelp(
            "github, gitlab, shell or none; by the files and the remote of the repository unless given.",
            valueName: "service"))
    var ci: ContinuousIntegration?

    @Flag(name: .customLong("no-settings"), help: "Do not write perfdoctor.json.")
    var noSettings = false

    @Flag(help: "Replace files that are there.")
    var force = false

    func validate() throws {
        if noSettings, ci == ContinuousIntegration.none {
            throw ValidationError("--no-settings and --ci none leave nothing to write")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let repository = try GitRepository()
        let service = try ci ?? ContinuousIntegration.found(in: repository)
        var files = service.files
        var survey: ProjectSurvey?
        if !noSettings {
            let found = try ProjectSurvey(
                of: repository.root, isInPlugin: context.environment["PERFDOCTOR_IN_PLUGIN"] != nil)
            survey = found
            files.insert(
                ContinuousIntegration.File(
                    path: Configuration.fileName, text: SettingsTemplate(survey: found).text), at: 0)
        }
        if !force {
            let inTheWay = files.map(\.path).filter { exists("\(repository.root)/\($0)") }
            guard inTheWay.isEmpty else { throw InitError.exists(inTheWay) }
        }
        for file in files {
            if let warning = try write(file, in: repository.root) { context.note(warning) }
            try context.print("wrote \(file.path)")
        }
        for warning in survey?.warnings ?? [] { context.note(warning) }
        try context.print((["next:"] + steps(service, survey)).joined(separator: "\n  "))
        return .success
    }

    private func steps(_ service: ContinuousIntegration, _ survey: ProjectSurvey?) -> [String] {
        var steps: [String] = []
        if let survey {
            if survey.programs.isEmpty {
                steps.append("say in perfdoctor.json what shall be measured; without a suite there is nothing to gate")
            } else {
                steps.append("look at the commands in perfdoctor.json: they should do representative work")
            }
            steps.append("try it: perfdoctor bench, then perfdoctor gate --base HEAD~1")
        }
        steps += service.steps
        return steps + ["commit what was written: git add -A && git commit"]
    }

    /// Also a link that leads nowhere is in the way.
    private func exists(_ path: String) -> Bool {
        switch Result(catching: { try FileManager.default.attributesOfItem(atPath: path) }) {
        case .success: true
        case .failure: false
        }
    }

    private func write(_ file: ContinuousIntegration.File, in root: String) throws -> Warning? {
        let path = "\(root)/\(file.path)"
        do {
            try FileManager.default.createDirectory(
                atPath: String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), withIntermediateDirectories: true)
            let warning = try OutputFile.write(Array(file.text.utf8), to: path)
            // Unlike recordings these are for everybody who has the repository.
            try FileManager.default.setAttributes(
                [.posixPermissions: file.isExecutable ? 0o755 : 0o644], ofItemAtPath: path)
            return warning
        } catch let error as OutputFileError {
            throw error
        } catch {
            throw InitError.unwritable(file.path, reason: "\(error)")
        }
    }
}
