import FoundationEssentials
import Testing

/// Compiles small C programs for live tests.
enum LiveCompiler {
    static let path = "/usr/bin/gcc"

    /// False, with the reason printed, where there is no compiler.
    static func isPossible(for test: String) -> Bool {
        if FileManager.default.isExecutableFile(atPath: path) { return true }
        print("\(test): skipped: \(path) is missing; run: apt-get install gcc")
        return false
    }

    /// Compiles a program; returns its path.
    static func compile(
        _ source: String, to name: String, options: [String] = [], in directory: LiveDirectory
    ) throws -> String {
        let file = "\(directory.path)/\(name).c"
        try Data(source.utf8).write(to: URL(filePath: file))
        let program = "\(directory.path)/\(name)"
        let ending = try LiveProcess(
            [path, "-O1", "-g", "-fno-optimize-sibling-calls", "-o", program, file] + options, in: directory
        ).wait()
        try #require(ending.status == 0, "\(ending.errors)")
        return program
    }
}
