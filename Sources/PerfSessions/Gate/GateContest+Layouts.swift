import FoundationEssentials
import PerfBaselines
import PerfLinux
import PerfModel

extension GateContest {
    /// One link of both programs.
    package struct Layout: Hashable, Sendable {
        package var base: BenchmarkCommand
        package var head: BenchmarkCommand

        package init(base: BenchmarkCommand, head: BenchmarkCommand) {
            self.base = base
            self.head = head
        }
    }

    private static let programLimit = 512 << 20

    /// The contest with those layouts alone that are programs of their own.
    ///
    /// A small program has few orders, and a build may ignore what it is told.
    ///
    /// - Parameter warnings: gets what could not be looked at.
    /// - Returns: the same where its programs are scripts, of which nobody knows what they run.
    /// - Throws: when there is one program only, or a program cannot be read.
    package func withDistinctLayouts(_ warnings: inout [Warning]) throws -> GateContest {
        guard !layouts.isEmpty else { return self }
        var seen: Set<[String]> = []
        var kept: [Layout] = []
        for layout in layouts {
            guard let base = try Self.program(of: layout.base), let head = try Self.program(of: layout.head) else {
                warnings.append(
                    Warning(
                        code: "layouts",
                        message: "\(id.text): whether its \(layouts.count) layouts differ is not known, since what it "
                            + "runs is no executable",
                        remedy: "name the executable in the suite, not a script that runs it"))
                return self
            }
            if seen.insert([base, head]).inserted { kept.append(layout) }
        }
        guard kept.count > 1 else {
            throw GateBuildError.layouts(
                reason: "\(id.text): all of its \(layouts.count) layouts are the same program",
                remedy: "see that the build passes on what {layout} stands for, and that the suite runs what it builds")
        }
        var contest = self
        contest.layouts = kept
        return contest
    }

    /// The content of the executable that a command runs; nil where it is none.
    private static func program(of command: BenchmarkCommand) throws(SystemCallError) -> String? {
        guard let path = ProgramFile.path(of: command.arguments[0], in: command.directory) else { return nil }
        let bytes = try WholeFile.contents(of: path, atMost: programLimit)
        return bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) ? SHA256.hexadecimal(of: bytes) : nil
    }
}
