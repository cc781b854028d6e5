import PerfModel

/// Benchmarks that belong together, with what they need: a suite of perfdoctor.json, or a command line.
package struct BenchmarkSuite: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        /// For results; the text of the command unless something better is given.
        package var name: String
        /// A command line.
        package var text: String

        package init(name: String? = nil, text: String) {
            self.name = name ?? text
            self.text = text
        }
    }

    /// A parameter of command lines: `{size}` becomes each of its values in turn.
    package struct Parameter: Hashable, Sendable {
        package var name: String
        package var values: [String]

        package init(name: String, values: [String]) {
            self.name = name
            self.values = values
        }
    }

    /// One command with what was put in for its parameters.
    package struct Instance: Hashable, Sendable {
        package var command: BenchmarkCommand
        package var parameters: [String: String]
        package var setup: [[String]]
        package var cleanup: [[String]]
    }

    /// Empty for a command line.
    package var name: String
    package var entries: [Entry]
    package var parameters: [Parameter] = []
    /// Command lines: before each run, after each run, before all runs of a command, and after them.
    package var prepare: [String] = []
    package var conclude: [String] = []
    package var setup: [String] = []
    package var cleanup: [String] = []
    /// Metrics that matter, which a gate judges; empty for cpu_time alone.
    package var metrics: [String] = []
    package var environment: [String: String] = [:]
    package var directory: String?
    package var timeout: Duration?
    package var input: String?
    package var output = BenchmarkCommand.Output.discarded
    package var ignoresFailure = false
    /// The shell that runs command lines; nil to split them into words.
    package var shell: String?
    package var runs: Int?
    package var warmup: Int?

    package init(name: String, entries: [Entry]) {
        self.name = name
        self.entries = entries
    }

    /// Every command with every combination of parameters.
    ///
    /// - Returns: commands, in the order of the suite.
    /// - Throws: for a command line that cannot be split.
    package func instances() throws(CommandWordsError) -> [Instance] {
        var combinations: [[String: String]] = [[:]]
        for parameter in parameters {
            combinations = combinations.flatMap { combination in
                parameter.values.map { value in combination.merging([parameter.name: value]) { $1 } }
            }
        }
        var result: [Instance] = []
        for entry in entries {
            for combination in combinations {
                // A parameter that no part of a command has would measure the same thing twice.
                let used = combination.filter { name, _ in
                    ([entry.text] + prepare + setup).contains { $0.contains("{\(name)}") }
                }
                let instance = try instance(of: entry, used)
                if !result.contains(instance) { result.append(instance) }
            }
        }
        return result
    }

    private func instance(of entry: Entry, _ parameters: [String: String]) throws(CommandWordsError) -> Instance {
        func filled(_ text: String) -> String {
            parameters.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
        func words(_ text: String) throws(CommandWordsError) -> [String] {
            if let shell { return BenchmarkCommand.shell(filled(text), with: shell) }
            return try CommandWords.split(text).map(filled)
        }
        func all(_ texts: [String]) throws(CommandWordsError) -> [[String]] {
            var result: [[String]] = []
            for text in texts { result.append(try words(text)) }
            return result
        }
        let arguments = try words(entry.text)
        // The name of a command with parameters stays the same: they tell its instances apart.
        let command = BenchmarkCommand(
            name: entry.name, arguments: arguments,
            environment: environment.sorted { $0.key < $1.key }.map { "\($0.key)=\(filled($0.value))" },
            prepare: try all(prepare), conclude: try all(conclude), directory: directory, timeout: timeout,
            acceptedStatuses: ignoresFailure ? BenchmarkCommand.everyStatus : [0], input: input, output: output)
        return Instance(
            command: command, parameters: parameters, setup: try all(setup), cleanup: try all(cleanup))
    }
}
