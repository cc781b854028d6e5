import Foundation
import PackagePlugin

/// A run of perfdoctor within the package that the plugin is used in.
struct Invocation {
    var tool: URL
    var directory: URL

    /// Runs it to its end, with our streams.
    ///
    /// SwiftPM ends with 1 whatever the tool ended with, so that the tool's own exit code is said.
    func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = tool
        process.arguments = arguments
        process.currentDirectoryURL = directory
        // SwiftPM holds its lock while a plugin runs: a `swift build` of gate would wait for it for ever.
        process.environment = ProcessInfo.processInfo.environment.merging(["PERFDOCTOR_IN_PLUGIN": "1"]) { $1 }
        do {
            try process.run()
        } catch {
            Diagnostics.error("\(tool.path(percentEncoded: false)) cannot be run: \(error.localizedDescription)")
            return
        }
        process.waitUntilExit()
        switch process.terminationReason {
        case .exit where process.terminationStatus == 0: return
        case .exit: Diagnostics.error("perfdoctor exit code \(process.terminationStatus)")
        default: Diagnostics.error("perfdoctor was ended by signal \(process.terminationStatus)")
        }
    }
}
