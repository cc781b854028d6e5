import ArgumentParser
import PerfLinux
import PerfModel

/// Says what perfdoctor can do on this host, and what mends the rest.
struct SelfCheckCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-check",
        abstract: "Says what works on this host, what that means, and the command that enables the rest.",
        discussion: """
            Tries what it reports: events are opened, programs loaded, libraries looked for, and all of it dropped
            again. Run it as the user that will record. It ends with 0 unless nothing can be recorded at all (5).

            EXAMPLES
              perfdoctor self-check
              sudo perfdoctor self-check                 what root may do that you may not
              perfdoctor self-check --format json        for programs
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    var format = Format.text

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let check = SelfCheck(files: HostFiles(), probes: .live())
        switch format {
        case .text:
            try context.print(SelfCheckText(check: check, usesColor: context.usesColor).text)
        case .json:
            let document = Document(
                kind: "self_check", host: HostDescription.current(), startedAt: WallClock.nanosecondsSince1970(),
                duration: nil,
                warnings: [], body: SelfCheckBody(check)
            )
            try context.output.write(try document.encoded())
        }
        return check.isUsable ? .success : .failure
    }
}
