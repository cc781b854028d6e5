import PerfModel
import PerfSampling
import PerfSymbols

/// What is missing of an image, where it matters to the profile, and what mends it.
struct ImageDoubts {
    let image: SampledStacks.Image
    /// Nil when nothing is there to have symbols.
    let symbols: SymbolizedImage?
    /// Share of all samples whose leaf is in this image, 0...1.
    let selfShare: Double
    /// Share of all samples whose stack breaks off in this image, 0...1.
    let endShare: Double

    /// Less than this share of the samples is not worth a line of the reader's time.
    private static let relevantShare = 0.01

    var warnings: [Warning] {
        guard max(selfShare, endShare) >= Self.relevantShare else { return [] }
        var result: [Warning] = []
        let name = image.name.printable
        if let problem = image.problem {
            result.append(
                Warning(
                    code: "image_unreadable",
                    message: "\(name) could not be read, so its functions (\(selfShare.percent)) have no names: "
                        + problem,
                    remedy: "run as root, and record again while the file that runs is in place"
                )
            )
        }
        if selfShare >= Self.relevantShare {
            result += symbols?.warnings ?? []
            if image.isFile, image.problem == nil { result += missingSymbols(name) }
        }
        if endShare >= Self.relevantShare {
            result.append(
                Warning(
                    code: "no_unwind_information",
                    message:
                        "\(endShare.percent) of the stacks break off in \(name): it has neither unwind information "
                        + "nor frame pointers there",
                    remedy:
                        "rebuild it with -g or frame pointers: swiftc -g, swift build -Xcc -fno-omit-frame-pointer, "
                        + "gcc -fno-omit-frame-pointer"
                )
            )
        }
        return result
    }

    private func missingSymbols(_ name: String) -> [Warning] {
        guard let symbols else { return [] }
        if !symbols.hasSymbolTable || symbols.isStripped {
            return [
                Warning(
                    code: "stripped",
                    message: "\(name) (\(selfShare.percent) of the samples) is stripped: functions that it does not "
                        + "export have no names",
                    remedy: image.debugPackageHint ?? "build it without -s and do not strip it"
                )
            ]
        }
        guard !symbols.hasDebugInfo else { return [] }
        return [
            Warning(
                code: "no_debug_info",
                message: "\(name) (\(selfShare.percent) of the samples) has no debug information: files, lines and "
                    + "inlined functions are missing there",
                remedy: image.debugPackageHint ?? "build it with -g (swift build -c release -Xswiftc -g)"
            )
        ]
    }
}

extension Double {
    /// A share of 0...1 in percent: `"12.3%"`.
    var percent: String {
        let tenths = Int((self * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
    }
}
