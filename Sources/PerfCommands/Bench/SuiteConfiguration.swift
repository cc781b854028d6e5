import PerfBaselines
import PerfModel
import PerfSessions

/// Reads `suites` of perfdoctor.json.
enum SuiteConfiguration {
    /// What a suite may say, with what it means, for the schema.
    static let keys: [(name: String, type: String, meaning: String)] = [
        ("command", "string", "the command line that is measured"),
        ("commands", "array or object", "several: command lines, or names with command lines"),
        ("prepare", "string or array", "run before each run, not measured"),
        ("conclude", "string or array", "run after each run, not measured"),
        ("setup", "string or array", "run once before all runs of a command"),
        ("cleanup", "string or array", "run once after all runs of a command"),
        ("metrics", "array", "metrics that matter, such as cpu_time, system_calls, allocations"),
        ("parameters", "object", "names with lists of values: {name} in commands becomes each of them"),
        ("environment", "object", "variables of the commands"),
        ("directory", "string", "where commands run"),
        ("input", "string", "a file that becomes standard input"),
        ("timeout", "string", "500ms, 10s, 5m: a run that takes longer is killed and is a failure"),
        ("ignore_failure", "boolean", "whether every exit status is fine"),
        ("reads_output", "boolean", "whether metrics are read from standard output as well"),
        ("shell", "string", "a shell that runs command lines; they are split into words otherwise"),
        ("runs", "number", "runs of each command; as many as it takes unless given"),
        ("warmup", "number", "runs before them that are thrown away"),
    ]

    static func suites(_ value: JSONValue, path: String) throws(ConfigurationError) -> [BenchmarkSuite] {
        guard case .object(let suites) = value else {
            throw .wrongValue(path: path, key: "suites", expected: "an object with names of suites")
        }
        var result: [BenchmarkSuite] = []
        for (name, settings) in suites.sorted(by: { $0.key < $1.key }) {
            guard case .object(let settings) = settings else {
                throw .wrongValue(path: path, key: "suites.\(name)", expected: #"an object such as { command: "…" }"#)
            }
            result.append(try Reader(path: path, key: "suites.\(name)").suite(name, settings))
        }
        return result
    }

    private struct Reader {
        let path: String
        let key: String

        func suite(_ name: String, _ settings: [String: JSONValue]) throws(ConfigurationError) -> BenchmarkSuite {
            var suite = BenchmarkSuite(name: name, entries: [])
            for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
                switch key {
                case "command": suite.entries.append(BenchmarkSuite.Entry(name: name, text: try text(value, key)))
                case "commands": suite.entries += try entries(value, key)
                case "prepare": suite.prepare = try texts(value, key)
                case "conclude": suite.conclude = try texts(value, key)
                case "setup": suite.setup = try texts(value, key)
                case "cleanup": suite.cleanup = try texts(value, key)
                case "metrics": suite.metrics = try metrics(value, key)
                case "parameters":
                    for (parameter, values) in try object(value, key) {
                        suite.parameters.append(
                            BenchmarkSuite.Parameter(name: parameter, values: try texts(values, "\(key).\(parameter)")))
                    }
                case "environment":
                    for (variable, value) in try object(value, key) {
                        suite.environment[variable] = try text(value, "\(key).\(variable)")
                    }
                case "directory": suite.directory = try text(value, key)
                case "input": suite.input = try text(value, key)
                case "timeout":
                    guard let span = TimeSpan(argument: try text(value, key)), span.value > .zero else {
                        throw wrong(key, "a time such as 500ms, 10s or 5m")
                    }
                    suite.timeout = span.value
                case "ignore_failure": suite.ignoresFailure = try boolean(value, key)
                case "reads_output": suite.output = try boolean(value, key) ? .read : .discarded
                case "shell": suite.shell = try text(value, key)
                case "runs": suite.runs = try count(value, key, atLeast: 1)
                case "warmup": suite.warmup = try count(value, key, atLeast: 0)
                default:
                    throw .unknownKey(path: path, key: key, parent: self.key, known: keys.map(\.name))
                }
            }
            guard !suite.entries.isEmpty else { throw wrong("command", "a command line: a suite measures something") }
            return suite
        }

        private func entries(_ value: JSONValue, _ key: String) throws(ConfigurationError) -> [BenchmarkSuite.Entry] {
            var entries: [BenchmarkSuite.Entry] = []
            if case .object(let named) = value {
                for (name, value) in named.sorted(by: { $0.key < $1.key }) {
                    entries.append(BenchmarkSuite.Entry(name: name, text: try text(value, "\(key).\(name)")))
                }
            } else {
                for text in try texts(value, key) { entries.append(BenchmarkSuite.Entry(text: text)) }
            }
            return entries
        }

        private func metrics(_ value: JSONValue, _ key: String) throws(ConfigurationError) -> [String] {
            let names = try texts(value, key)
            // Others may be a program's own.
            for name in names where Metric.named(name) == nil {
                guard let nearest = NearestName.of(name, among: Metric.all.map(\.name)), nearest != name else {
                    continue
                }
                throw .unknownKey(path: path, key: name, parent: "\(self.key).\(key)", known: Metric.all.map(\.name))
            }
            return names
        }

        private func wrong(_ key: String, _ expected: String) -> ConfigurationError {
            .wrongValue(path: path, key: "\(self.key).\(key)", expected: expected)
        }

        private func object(
            _ value: JSONValue, _ key: String
        ) throws(ConfigurationError) -> [(key: String, value: JSONValue)] {
            guard case .object(let members) = value else { throw wrong(key, "an object with names") }
            return members.sorted { $0.key < $1.key }
        }

        private func text(_ value: JSONValue, _ key: String) throws(ConfigurationError) -> String {
            switch value {
            case .string(let text) where !text.isEmpty: return text
            case .number(let number) where key.contains("."):
                return number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
            default: throw wrong(key, "a text")
            }
        }

        private func texts(_ value: JSONValue, _ key: String) throws(ConfigurationError) -> [String] {
            guard case .array(let elements) = value else { return [try text(value, key)] }
            guard !elements.isEmpty else { throw wrong(key, "a list with something in it") }
            var texts: [String] = []
            for (index, element) in elements.enumerated() { texts.append(try text(element, "\(key).\(index)")) }
            return texts
        }

        private func boolean(_ value: JSONValue, _ key: String) throws(ConfigurationError) -> Bool {
            guard case .boolean(let boolean) = value else { throw wrong(key, "true or false") }
            return boolean
        }

        private func count(_ value: JSONValue, _ key: String, atLeast least: Int) throws(ConfigurationError) -> Int {
            guard case .number(let number) = value, number >= Double(least), number <= 1e6, number == number.rounded()
            else { throw wrong(key, "a whole number from \(least) on") }
            return Int(number)
        }
    }
}
