import FoundationEssentials
import PerfLinux

/// Links of one program that differ in the order of its functions alone.
///
/// Where code lies changes how fast it is: through caches, pages and the predictor of branches, with up to some percent
/// from a change that does nothing. So each link gets an order of its own, and a gate takes the links for a sample.
///
/// Source: T. Mytkowicz et al., "Producing Wrong Data Without Doing Anything Obviously Wrong!", ASPLOS 2009; C.
/// Curtsinger, E. D. Berger, "Stabilizer: Statistically Sound Performance Evaluation", ASPLOS 2013.
package struct LinkLayouts: Sendable, Hashable {
    /// How many links.
    package let count: Int

    /// What stands for flags of compilers in a build of one's own.
    package static let placeholder = "{layout}"
    /// What stands for the number of a link, from 1, in command lines.
    package static let seed = "{seed}"

    package init(count: Int) { self.count = count }

    /// A build with the order of one link.
    ///
    /// - Parameters:
    ///   - command: `swift build …`, or one that has ``placeholder``, ``seed`` or both.
    ///   - number: of the link, from 1.
    /// - Returns: what is run.
    /// - Throws: for a build that nobody can pass an order to.
    static func build(_ command: [String], number: Int) throws(GateBuildError) -> [String] {
        let shuffle = "--shuffle-sections=.text*=\(number)"
        if isSwift(command) {
            return command + [
                "-Xswiftc", "-use-ld=lld", "-Xswiftc", "-Xfrontend", "-Xswiftc", "-function-sections", "-Xcc",
                "-ffunction-sections", "-Xlinker", shuffle,
            ]
        }
        guard command.contains(where: { $0.contains(placeholder) || $0.contains(seed) }) else {
            throw .layouts(
                reason: "'\(command.joined(separator: " "))' links programs in one order only",
                remedy: "let \(placeholder) stand for flags of gcc or clang in --build, as in "
                    + "'make LDFLAGS={layout} CFLAGS=-ffunction-sections', or \(seed) for the number of the link")
        }
        let flags = ["-ffunction-sections", "-fuse-ld=lld", "-Wl,\(shuffle)"]
        return command.flatMap { word in
            guard word != placeholder else { return flags }
            return [
                word.replacing(placeholder, with: flags.joined(separator: " ")).replacing(seed, with: "\(number)")
            ]
        }
    }

    /// Whether SwiftPM builds, which links anew in place and compiles nothing twice.
    static func isSwift(_ command: [String]) -> Bool { command.starts(with: ["swift", "build"]) }

    /// Makes sure that there is a linker that can order functions.
    ///
    /// - Parameters:
    ///   - command: of the build.
    ///   - interruption: ends it.
    /// - Throws: when there is none.
    static func requireLinker(for command: [String], interruption: (any RunInterruption)?) throws {
        guard isSwift(command) || command.contains(where: { $0.contains(placeholder) }) else { return }
        let remedy = "install lld 13 or later: apt-get install lld; toolchains of Swift bring it"
        // The compiler of Swift looks beside itself first.
        var places = [ProgramFile.path(of: "ld.lld")]
        if isSwift(command), let swift = ProgramFile.path(of: "swift") {
            let folder = URL(filePath: swift).resolvingSymlinksInPath().deletingLastPathComponent().path
            places.insert(folder + "/ld.lld", at: 0)
        }
        guard let linker = places.compactMap({ $0 }).first(where: { FileManager.default.isExecutableFile(atPath: $0) })
        else {
            throw GateBuildError.layouts(
                reason: "there is no linker that can order functions: ld.lld is not installed", remedy: remedy)
        }
        var run = ToolRun(arguments: [linker, "--help"])
        run.interruption = interruption
        let answer = try run.run()
        guard answer.log.contains("--shuffle-sections=<section-glob>=<seed>") else {
            throw GateBuildError.layouts(
                reason: "\(linker) cannot order functions: it has no --shuffle-sections", remedy: remedy)
        }
    }
}
