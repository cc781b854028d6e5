import FoundationEssentials
import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@testable import PerfSampling

/// Samples of a program with a known call structure; `Fixtures/unwind/README.md` says how they came about.
@Suite("Unwinding recorded stacks")
struct UnwindRecordedTests {
    private struct Scene {
        var space: AddressSpace
        var samples: [(registers: UserRegisters, stack: [UInt64])] = []
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/unwind")

    private func scene(_ name: String) throws -> Scene {
        let image = try UnwindImage(source: OpenFile(path: Self.folder.appending(path: "towers-\(name)").path))
        let text = try String(contentsOf: Self.folder.appending(path: "\(name).scene"), encoding: .utf8)
        var regions: [AddressSpace.Region] = []
        var samples: [(registers: UserRegisters, stack: [UInt64])] = []
        var registers: UserRegisters?
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let numbers = words.dropFirst().compactMap { UInt64($0, radix: 16) }
            switch words[0] {
            case "region":
                regions.append(
                    AddressSpace.Region(
                        start: CodeAddress(rawValue: numbers[0]), end: CodeAddress(rawValue: numbers[1]),
                        fileOffset: FileOffset(rawValue: numbers[2]), image: image))
            case "sample": registers = UserRegisters(perf: numbers)
            default: samples.append((try #require(registers), numbers))
            }
        }
        return Scene(space: AddressSpace(regions), samples: samples)
    }

    private func unwound(
        _ scene: Scene, symbols: SymbolTable, _ unwinder: any Unwinder = RowCacheUnwinder()
    ) -> [(names: [String], guesses: Int, end: StackEnd)] {
        return scene.samples.map { sample in
            var frames: [UnwoundFrame] = []
            // SAFETY: the arrays outlive the call.
            let end = unsafe sample.stack.withUnsafeBytes { stack in
                unsafe unwinder.unwind(
                    CapturedStack(
                        registers: sample.registers, stack: stack,
                        callchain: UnsafeBufferPointer(start: nil, count: 0), isStackCut: false),
                    in: scene.space, into: &frames)
            }
            let names = frames.map { frame in
                let region = scene.space.regions[max(Int(frame.region), 0)]
                return symbols.symbol(containing: region.imageAddress(of: frame.address))?.name ?? "?"
            }
            return (names, frames.filter(\.isGuess).count, end)
        }
    }

    @Test("every chain is what the program does", arguments: ["cfi", "nothing"])
    func chains(name: String) throws {
        let scene = try scene(name)
        let symbols = try #require(scene.space.regions.first?.image).symbols
        #expect(scene.samples.count == 10)
        let whole = ["spin", "move", "move", "move", "move", "run", "entry", "_start"]
        for result in unwound(scene, symbols: symbols) {
            // A sample may be in a caller, before or after the calls that it makes.
            #expect(result.names.count >= 3 && Array(whole.suffix(result.names.count)) == result.names)
            #expect(result.end == .root)
            #expect((result.guesses == 0) == (name == "cfi"))
        }
    }

    @Test("without symbols the frames are the same, but nothing tells that the outermost is one")
    func stripped() throws {
        let scene = try scene("stripped")
        let symbols = try #require(try self.scene("nothing").space.regions.first?.image).symbols
        let whole = ["spin", "move", "move", "move", "move", "run", "entry"]
        for result in unwound(scene, symbols: symbols) {
            #expect(result.names.count >= 2 && Array(whole.suffix(result.names.count)) == result.names)
            #expect(result.end == .unrooted)
        }
    }
}
