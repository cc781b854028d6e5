import FoundationEssentials

extension RevisionBuild {
    /// Builds both, each link in a directory of its own.
    ///
    /// SwiftPM compiles each side once and links it again for each layout; any other build does all of its work for
    /// each.
    ///
    /// - Parameters:
    ///   - command: nil for `swift build -c release` of a Swift package.
    ///   - layouts: how many links.
    ///   - isInPlugin: whether it is a plugin of SwiftPM that runs us.
    ///   - progress: called before each link.
    /// - Throws: when one of them cannot be built, or no linker here can order functions.
    package func build(
        _ command: [String]?, layouts: LinkLayouts, isInPlugin: Bool = false, progress: (String) -> Void
    ) throws {
        guard let command = command ?? usualBuild(in: headDirectory) else {
            throw GateBuildError.layouts(
                reason: "nothing is built that could be linked anew", remedy: "say how it is built: --build 'COMMAND'")
        }
        try LinkLayouts.requireLinker(for: command, interruption: interruption)
        for (side, root) in [("base", baseRoot), ("head", headRoot)] {
            // As they were checked out: what builds leave behind is no part of the next one.
            for number in 1...layouts.count { try copy(root, to: "\(root)-\(number)") }
            for number in 1...layouts.count {
                progress("building \(side), layout \(number) of \(layouts.count)")
                let build = try LinkLayouts.build(command, number: number)
                guard LinkLayouts.isSwift(command) else {
                    try run(build, in: directory("\(root)-\(number)"), side: side, isInPlugin: isInPlugin)
                    continue
                }
                try run(build, in: directory(root), side: side, isInPlugin: isInPlugin)
                let products = directory(root) + "/.build"
                guard FileManager.default.fileExists(atPath: products) else {
                    throw GateBuildError.layouts(
                        reason: "'\(command.joined(separator: " "))' builds elsewhere than in .build",
                        remedy: "build without --scratch-path and --package-path")
                }
                // By links, which costs no room: the linker replaces its output, and does not write into it.
                try copy(products, to: directory("\(root)-\(number)") + "/.build", "--link")
            }
        }
    }

    /// Where programs of base and head run, linked in one order.
    ///
    /// - Parameter number: of the layout, from 1.
    /// - Returns: the directories that perfdoctor was called in, as they are there.
    package func directories(ofLayout number: Int) -> (base: String, head: String) {
        (directory("\(baseRoot)-\(number)"), directory("\(headRoot)-\(number)"))
    }

    private func copy(_ source: String, to target: String, _ options: String...) throws {
        var run = ToolRun(arguments: ["cp", "--archive"] + options + ["--no-target-directory", source, target])
        run.interruption = interruption
        let answer = try run.run()
        if answer.isCancelled { throw GateBuildError.stopped }
        guard answer.isSuccess else {
            throw GateBuildError.layouts(
                reason: "\(source) cannot be copied: \(answer.log)", remedy: "make room, or ask for fewer layouts")
        }
    }
}
