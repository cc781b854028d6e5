import ArgumentParser
import PerfHost
import PerfLinux
import PerfModel
import PerfReports
import PerfSizing

/// Says how large a service's parts shall be.
struct SizeCommand: PerfdoctorCommand {
    static let configuration = CommandConfiguration(
        commandName: "size",
        abstract: "Says how many workers, which database, how much Redis a load needs, and why.",
        discussion: """
            Prints every row of the two tuning guides that applies to what is known: the larger one
            where numbers disagree, with the guides' mistakes corrected and their contradictions
            explained. RESULT is a JSON document of kind diagnosis, probe or benchmark: what was
            measured replaces the tables, as W = rate × service time / 0.8, with the reasoning.
            Numbers may end in k, M or G.

            EXAMPLES
              perfdoctor size --tenants 120 --events 5M      which database
              perfdoctor size --concurrent-jobs 60 --queue-depth 700
                                                             how much Redis
              perfdoctor size --users 800 --rps 150          API servers
              perfdoctor size --jobs-per-second 12           RQ workers, for the CPUs of this host
              perfdoctor size --cores 8                      what the formula and the tables have on 8 CPUs
              perfdoctor size diagnosis.json --jobs-per-second 42
                                                             workers as measured, for another load
              perfdoctor size --format json --users 800      for programs
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(
        help: ArgumentHelp("Results with rates and times, in JSON; - reads standard input.", valueName: "result"))
    var results: [String] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Tenants of the service.", valueName: "n"))
    var tenants: Amount?

    @Option(parsing: .unconditional, help: ArgumentHelp("Canonical events a month.", valueName: "n"))
    var events: Amount?

    @Option(parsing: .unconditional, help: ArgumentHelp("Jobs at the same time.", valueName: "n"))
    var concurrentJobs: Amount?

    @Option(parsing: .unconditional, help: ArgumentHelp("Jobs that wait.", valueName: "n"))
    var queueDepth: Amount?

    @Option(parsing: .unconditional, help: ArgumentHelp("Users at the same time.", valueName: "n"))
    var users: Amount?

    @Option(parsing: .unconditional, help: ArgumentHelp("API requests a second.", valueName: "n"))
    var rps: Amount?

    @Option(parsing: .unconditional, help: ArgumentHelp("Jobs a second.", valueName: "n"))
    var jobsPerSecond: Amount?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "CPUs that workers may use; those of this host unless given, by affinity, cpuset and quota.",
            valueName: "n"))
    var cores: Amount?

    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    var format = Format.text

    @Option(help: ArgumentHelp("Columns of the text; a terminal's own unless given.", valueName: "n"))
    var width: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write the sizes; standard output unless given.", valueName: "file"))
    var output: String?

    func validate() throws {
        if let width, !(40...10_000).contains(width) {
            throw ValidationError("--width must be from 40 to 10000, not \(width)")
        }
        if results.count(where: { $0 == "-" }) > 1 {
            throw ValidationError("standard input is one result: name the others")
        }
    }

    func run(in context: CommandContext) throws -> PerfModel.ExitCode {
        let inputs = try inputs()
        guard !inputs.isEmpty || !results.isEmpty else { throw NothingToSizeError() }
        let measurements = try results.map { try measurement($0, in: context) }
        var warnings: [Warning] = []
        let cpus = try effectiveCPUs(inputs, measurements, &warnings)
        let sizing = Sizing(inputs: inputs, cpus: cpus, measurements: measurements)
        let output = output == "-" ? nil : output
        let bytes = try bytes(of: sizing, warnings: warnings, in: context, toFile: output != nil)
        if let output {
            if let warning = try OutputFile.write(bytes, to: output) { context.note(warning) }
        } else {
            try context.output.write(bytes)
        }
        return .success
    }

    private func inputs() throws(SizingInputError) -> SizingInputs {
        let amounts: [SizingInput: Amount?] = [
            .tenants: tenants, .events: events, .concurrentJobs: concurrentJobs, .queueDepth: queueDepth,
            .users: users, .requestsPerSecond: rps, .jobsPerSecond: jobsPerSecond, .cores: cores,
        ]
        return try SizingInputs(amounts.compactMapValues { $0?.value })
    }

    private func measurement(_ file: String, in context: CommandContext) throws -> Measurement {
        let limit = 256 << 20
        let isStandardInput = file == "-"
        let contents =
            isStandardInput ? try context.input.readAll(limit: limit) : try InputFile.contents(of: file, limit: limit)
        return try MeasurementReader.measurement(in: contents, file: isStandardInput ? "standard input" : file)
    }

    /// The CPUs that were given; else those of the host that was measured, else those of this one.
    private func effectiveCPUs(
        _ inputs: SizingInputs, _ measurements: [Measurement], _ warnings: inout [Warning]
    ) throws -> EffectiveCPUs? {
        if let cores = inputs[.cores] { return EffectiveCPUs(count: cores, origin: .option) }
        guard Sizing.needsCPUs(inputs, hasMeasurements: !measurements.isEmpty) else { return nil }
        let host = HostDescription.current().name
        if let foreign = measurements.first(where: { $0.hostCPUs != nil && $0.hostName != nil && $0.hostName != host }),
            let count = foreign.hostCPUs
        {
            return EffectiveCPUs(count: count, origin: .document(file: foreign.file))
        }
        let collector = HostCollector(source: try LiveHost(), collectors: [CgroupCollector.self])
        switch collector.snapshot().cpuLimits {
        case .available(let limits):
            return EffectiveCPUs(
                count: limits.effective,
                origin: .host(
                    online: limits.online, affinity: limits.affinity, cpuset: limits.cpuset, quota: limits.quota))
        case .unavailable(let reason, _):
            warnings.append(
                Warning(
                    code: "cpus_unknown", message: "the CPUs of this host are not known: \(reason)",
                    remedy: "give them: --cores N"))
            return nil
        }
    }

    private func bytes(
        of sizing: Sizing, warnings: [Warning], in context: CommandContext, toFile isFile: Bool
    ) throws -> [UInt8] {
        switch format {
        case .text:
            for warning in warnings { context.note(warning) }
            let text = SizingText(
                sizing, width: width ?? (isFile ? nil : context.outputColumns), usesColor: !isFile && context.usesColor)
            return Array(text.text.utf8)
        case .json:
            return try Document(
                kind: "sizing", host: HostDescription.current(), startedAt: WallClock.nanosecondsSince1970(),
                duration: nil,
                warnings: warnings + sizing.warnings, body: SizingDocument(sizing)
            ).encoded()
        }
    }
}

/// `perfdoctor size` alone.
struct NothingToSizeError: UserFacingError {
    var summary: String {
        let options = SizingInput.allCases.map { "\($0.option) N" }.joined(separator: ", ")
        return "nothing to size: give what you know of the load, or results that were measured\n"
            + "  numbers: \(options)\n"
            + "  results: JSON documents of the kinds diagnosis, probe and benchmark"
    }

    var remedy: String? { "perfdoctor size --tenants 120 --users 800 --jobs-per-second 12" }
    var exitCode: PerfModel.ExitCode { .usage }
}
