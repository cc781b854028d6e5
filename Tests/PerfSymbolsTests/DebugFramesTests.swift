import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@Suite("Lines and inlined functions")
struct DebugFramesTests {
    private struct Expected: Hashable {
        var name: String
        var file: String
        var line: Int
    }

    /// What llvm-symbolizer says, innermost first.
    private func oracle(_ path: String, _ addresses: [ImageAddress]) throws -> [[Expected]] {
        let input = addresses.map { "0x" + String($0.rawValue, radix: 16) }.joined(separator: "\n") + "\n"
        let output = try Toolchain.run(
            ["llvm-symbolizer", "--obj=\(path)", "--no-demangle", "--inlines", "--functions=linkage"], input: input
        )
        var result: [[Expected]] = []
        var frames: [Expected] = []
        var name: Substring?
        for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if !frames.isEmpty { result.append(frames) }
                frames = []
            } else if let known = name {
                let parts = line.split(separator: ":")
                frames.append(
                    Expected(
                        name: String(known), file: parts.dropLast(2).joined(separator: ":"),
                        line: Int(parts[parts.count - 2]) ?? 0
                    )
                )
                name = nil
            } else {
                name = line
            }
        }
        return result
    }

    /// Every fourth byte of the functions that have debug information.
    private func addresses(of path: String) throws -> [ImageAddress] {
        let elf = try ElfImage(OpenFile(path: path))
        let text = try #require(elf.section(named: ".text"))
        return stride(from: text.address.rawValue, to: text.address.rawValue + text.size, by: 4)
            .map(ImageAddress.init(rawValue:))
    }

    private func compare(_ path: String) throws {
        let addresses = try addresses(of: path)
        let expected = try oracle(path, addresses)
        try #require(expected.count == addresses.count)
        let symbolizer = Symbolizer(workerExecutable: Toolchain.perfdoctor)
        let result = symbolizer.frames(
            of: SymbolImage(path: path, kind: .elf(file: try OpenFile(path: path), root: nil)), at: addresses
        )
        #expect(result.hasDebugInfo)
        #expect(result.warnings.isEmpty)
        var compared = 0
        var lineDifferences = 0
        for (index, address) in addresses.enumerated() {
            // Padding between functions, and code without debug information.
            let wanted = expected[index]
            guard let last = wanted.last, last.file != "??", last.name != "??" else { continue }
            compared += 1
            let got = result.frames[index]
            let hexadecimal = String(address.rawValue, radix: 16)
            guard got.count == wanted.count else {
                let names = (got.map(\.systemName), wanted.map(\.name))
                Issue.record("\(hexadecimal): \(names.0) is not \(names.1)")
                continue
            }
            for (frame, want) in zip(got, wanted) {
                // Of names that are not mangled, ours is the one in the source: $main instead of async_Main.
                #expect(frame.systemName == want.name || want.name == "async_Main", "\(hexadecimal)")
                if want.line != 0 && !want.file.hasSuffix("<compiler-generated>") {
                    if frame.line != want.line || frame.file != want.file { lineDifferences += 1 }
                } else {
                    #expect(frame.line != 0 || frame.startLine == 0, "\(hexadecimal)")
                    #expect(!frame.file.hasSuffix("<compiler-generated>"))
                }
            }
            #expect(got.last?.isInlined == false)
            #expect(got.dropLast().allSatisfy { $0.isInlined })
        }
        #expect(compared > 10)
        #expect(lineDifferences == 0)
    }

    @Test("agrees with llvm-symbolizer on C", arguments: ["-gdwarf-4", "-gdwarf-5"])
    func agreesOnC(format: String) throws {
        guard Toolchain.has("llvm-symbolizer") else { return }
        let directory = try TemporaryDirectory()
        try compare(try Fixtures.compileC(flags: ["-O2", format], in: directory))
    }

    @Test("agrees with llvm-symbolizer on functions in sections of their own, compressed")
    func agreesOnSplitRanges() throws {
        guard Toolchain.has("llvm-symbolizer") else { return }
        let directory = try TemporaryDirectory()
        let flags = ["-O2", "-g", "-ffunction-sections", "-gz=zlib", "-Wl,--gc-sections"]
        try compare(try Fixtures.compileC(flags: flags, in: directory))
    }

    @Test("agrees with llvm-symbolizer on Swift", arguments: ["-O", "-Onone"])
    func agreesOnSwift(optimization: String) throws {
        guard Toolchain.has("llvm-symbolizer") else { return }
        let directory = try TemporaryDirectory()
        try compare(try Fixtures.compileSwift(flags: [optimization, "-g"], in: directory))
    }

    @Test("names Swift functions as a person wrote them, funclets and inlined functions included")
    func namesSwiftFunctions() throws {
        let directory = try TemporaryDirectory()
        let path = try Fixtures.compileSwift(flags: ["-O", "-g"], in: directory)
        let result = Symbolizer(workerExecutable: Toolchain.perfdoctor).frames(
            of: SymbolImage(path: path, kind: .elf(file: try OpenFile(path: path), root: nil)),
            at: try addresses(of: path)
        )
        let frames = result.frames.flatMap { $0 }
        let slow = frames.filter { $0.systemName.hasPrefix("$s7program4slowyS2iYaF") }
        #expect(Set(slow.map(\.systemName)).count > 1)
        #expect(Set(slow.map(\.name)) == ["program.slow(Swift.Int) async -> Swift.Int"])
        #expect(Set(slow.map(\.startLine)) == [9])
        #expect(Set(slow.map(\.file)) == [path + ".swift"])
        let square = frames.filter { $0.name == "program.square(Swift.Int) -> Swift.Int" && $0.isInlined }
        #expect(Set(square.map(\.line)) == [2])
        // No thunk stands around the inlined body that it was made for.
        for list in result.frames {
            for (inner, outer) in zip(list, list.dropFirst()) where inner.name == outer.name {
                #expect(inner.systemName == outer.systemName)
            }
        }
    }
}
