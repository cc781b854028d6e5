import Foundation
import PackagePlugin

/// `swift package perfdoctor …`: runs a perfdoctor that is installed, and compiles nothing of it.
@main
struct Perfdoctor: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) throws {
        guard let tool = Self.installed() else {
            Diagnostics.error(
                """
                perfdoctor is not in PATH
                next: put it there, name it: PERFDOCTOR_EXECUTABLE=/path/to/perfdoctor, or let it be built: \
                swift package -c release --allow-writing-to-package-directory perfdoctor-from-source …
                """)
            return
        }
        try Invocation(tool: tool, directory: context.package.directoryURL).run(arguments)
    }

    /// The executable that PERFDOCTOR_EXECUTABLE names, else the first one in PATH.
    private static func installed() -> URL? {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["PERFDOCTOR_EXECUTABLE"], !named.isEmpty { return URL(filePath: named) }
        for folder in (environment["PATH"] ?? "").split(separator: ":") {
            let candidate = URL(filePath: String(folder)).appending(path: "perfdoctor")
            if FileManager.default.isExecutableFile(atPath: candidate.path(percentEncoded: false)) { return candidate }
        }
        return nil
    }
}
