import ArgumentParser
import PerfModel

/// Any error as people and shells see it: the one place where errors become text and exit codes.
package struct CommandFailure: Equatable {
    /// For standard error, or for standard output when `exitCode` is success (help); empty when there is nothing to say.
    package var text: String
    package var exitCode: PerfModel.ExitCode

    /// Explains an error.
    ///
    /// - Parameter error: what parsing the command line or running a command threw.
    package init(_ error: any Error) {
        switch error {
        case let error as OutputError where error == .brokenPipe:
            self.init(text: "", exitCode: .success)
        case let error as any UserFacingError:
            var text = "error: \(error.summary)"
            if let remedy = error.remedy { text += "\nnext: \(remedy)" }
            self.init(text: text, exitCode: error.exitCode)
        default:
            self.init(parsing: error)
        }
    }

    private init(text: String, exitCode: PerfModel.ExitCode) {
        self.text = text
        self.exitCode = exitCode
    }

    /// An error of the argument parser: wrong usage, or a wish for help.
    private init(parsing error: any Error) {
        let message = Perfdoctor.fullMessage(for: error)
        let code = Perfdoctor.exitCode(for: error)
        if code == .success {
            self.init(text: message, exitCode: .success)
            return
        }
        guard code == .validationFailure else {
            self.init(text: "error: \(error)".printableLines, exitCode: .failure)
            return
        }
        // The parser says "Error:" and where to read on in its own words; every other error has these.
        var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if let first = lines.first, first.hasPrefix("Error: ") {
            lines[0] = "error: " + first.dropFirst("Error: ".count)
        }
        lines = lines.map { line in
            guard line.hasPrefix("  See '"), let end = line.firstRange(of: "' for more") else { return line }
            return "next: " + line[..<end.lowerBound].dropFirst("  See '".count)
        }
        self.init(text: lines.joined(separator: "\n").printableLines, exitCode: .usage)
    }
}

extension String {
    /// Printable, but for its line ends.
    var printableLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }.joined(separator: "\n")
    }
}
