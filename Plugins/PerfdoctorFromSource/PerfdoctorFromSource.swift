import Foundation
import PackagePlugin

/// `swift package perfdoctor-from-source …`: builds perfdoctor as a tool of the package, and runs it.
@main
struct PerfdoctorFromSource: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) throws {
        let tool = try context.tool(named: "perfdoctor")
        try Invocation(tool: tool.url, directory: context.package.directoryURL).run(arguments)
    }
}
