import Foundation
import PackagePlugin

/// Builds the preload library by itself, needing the C library only, and turns it into a Swift file.
///
/// As a product of the package it would need Swift's own library in every program that it is loaded into.
@main
struct EmbedPreload: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let sources = context.package.directoryURL.appending(path: "Sources/preload")
        let files = try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "c" }.sorted { $0.file < $1.file }
        let headers = context.package.directoryURL.appending(path: "Sources/CPerfWire/include")
        let library = context.pluginWorkDirectoryURL.appending(path: "preload.bin")
        let swift = context.pluginWorkDirectoryURL.appending(path: "PreloadBytes.swift")
        let flags = [
            "-shared", "-fPIC", "-O2", "-std=gnu17", "-fvisibility=hidden", "-fno-omit-frame-pointer", "-Wall",
            "-Wextra", "-Werror", "-Wl,-z,now", "-Wl,--build-id", "-Wl,-s", "-Wl,-z,defs", "-Wl,-Bsymbolic-functions",
        ]
        // One command: a library among the outputs would become a resource, and bring full Foundation with it.
        return [
            .buildCommand(
                displayName: "Building and embedding the preload library",
                executable: try context.tool(named: "embed-preload").url,
                arguments: [library.file, swift.file, try context.tool(named: "clang").url.file] + flags
                    + ["-I", headers.file] + files.map { $0.file } + ["-o", library.file],
                inputFiles: files + [
                    sources.appending(path: "tracker.h"), headers.appending(path: "heap_wire.h"),
                ],
                outputFiles: [swift]
            )
        ]
    }
}

extension URL {
    /// As compilers take it: `path()` would write a blank as `%20`.
    fileprivate var file: String { path(percentEncoded: false) }
}
