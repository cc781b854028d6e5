import PerfModel

/// Everything that a command takes from and gives to its surroundings, so that tests need no process.
package struct CommandContext: Sendable {
    /// Environment variables.
    package var environment: [String: String]
    /// Standard output.
    package var output: any ByteSink
    /// Standard error.
    package var errors: any ByteSink
    /// Columns of the terminal that standard output is; nil when it is a file or a pipe.
    package var outputColumns: Int?
    /// Standard input.
    package var input: any InputStream

    package init(
        environment: [String: String] = [:], output: any ByteSink, errors: any ByteSink,
        outputColumns: Int? = nil, input: any InputStream = EmptyInput()
    ) {
        self.environment = environment
        self.output = output
        self.errors = errors
        self.outputColumns = outputColumns
        self.input = input
    }

    /// Whether text may be coloured: on a terminal that can, unless NO_COLOR is set and not empty.
    package var usesColor: Bool {
        outputColumns != nil && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    package func print(_ text: String) throws(OutputError) {
        try output.write(Array((text + "\n").utf8))
    }

    /// A doubt and what mends it, on standard error.
    package func note(_ warning: Warning) {
        note("warning: \(warning.message)\nnext: \(warning.remedy)")
    }

    /// A line on standard error; when even that cannot be written, there is nobody left to tell.
    package func note(_ text: String) {
        do throws(OutputError) {
            try errors.write(Array((text + "\n").utf8))
        } catch {
            return
        }
    }
}

/// Takes bytes: standard output, or an array in tests.
package protocol ByteSink: Sendable {
    /// Writes all of them.
    func write(_ bytes: [UInt8]) throws(OutputError)
}

/// Gives bytes: standard input, or an array in tests.
package protocol InputStream: Sendable {
    /// All bytes to the end; more than `limit` are an error.
    func readAll(limit: Int) throws(InputError) -> [UInt8]
}

/// Has nothing to read.
package struct EmptyInput: InputStream {
    package init() {}

    package func readAll(limit: Int) -> [UInt8] { [] }
}

/// Standard output or error could not be written.
package enum OutputError: UserFacingError, Hashable {
    /// The reader has gone, as `head` does: it has seen what it wanted.
    case brokenPipe
    case failed(reason: String)

    package var summary: String {
        switch self {
        case .brokenPipe: "the reader of the output has gone"
        case .failed(let reason): "cannot write the output: \(reason)"
        }
    }

    package var remedy: String? {
        switch self {
        case .brokenPipe: nil
        case .failed: "check that there is space left where the output goes: df"
        }
    }
}
