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
    let breakShare: Double

    /// Less than this share of the samples is not worth a line of the reader's time.
    private static let relevantShare = 0.01

    var warnings: [Warning] {
        guard max(selfShare, breakShare) >= Self.relevantShare else { return [] }
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
            result += (symbols?.warnings ?? []).map { warning in
                var weighed = warning
                weighed.message += " (\(selfShare.percent) of the samples)"
                return weighed
            }
        }
        if breakShare >= Self.relevantShare {
            result.append(
                Warning(
                    code: "no_unwind_information",
                    message:
                        "\(breakShare.percent) of the stacks break off in \(name): it has neither unwind information "
                        + "nor frame pointers there",
                    remedy:
                        "rebuild it with -g or frame pointers: swiftc -g, swift build -Xcc -fno-omit-frame-pointer, "
                        + "gcc -fno-omit-frame-pointer"
                )
            )
        }
        return result
    }
}

extension Double {
    /// A share of 0...1 in percent: `"12.3%"`.
    var percent: String {
        let tenths = Int((self * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
    }
}
