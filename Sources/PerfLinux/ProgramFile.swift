import Glibc

/// The file that a program's name stands for.
package enum ProgramFile {
    /// The program as execvp finds it.
    ///
    /// - Parameters:
    ///   - name: a name that is looked up in PATH, or a path.
    ///   - directory: where the program will run; nil for our own.
    /// - Returns: the path; nil where PATH has no such program.
    package static func path(of name: String, in directory: String? = nil) -> String? {
        guard !name.isEmpty else { return nil }
        if name.contains("/") { return name.hasPrefix("/") ? name : (directory.map { $0 + "/" } ?? "") + name }
        // SAFETY: the result is null or a terminated string, which is copied at once.
        let search = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/bin:/usr/bin"
        // SAFETY: each path is a terminated string for the duration of its call.
        return search.split(separator: ":").map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }
}
