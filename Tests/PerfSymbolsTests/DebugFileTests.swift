import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@Suite("Separate debug files")
struct DebugFileTests {
    private func split(_ path: String, debug: String) throws {
        try Toolchain.run(["llvm-objcopy", "--only-keep-debug", path, debug])
        try Toolchain.run(["llvm-objcopy", "--strip-all", "--add-gnu-debuglink=\(debug)", path])
    }

    private func symbolize(_ path: String) throws -> SymbolizedImage {
        let file = try OpenFile(path: path)
        let elf = try ElfImage(file)
        let text = try #require(elf.section(named: ".text"))
        let addresses = stride(from: text.address.rawValue, to: text.address.rawValue + text.size, by: 4)
        let symbolizer = Symbolizer(
            workerExecutable: Toolchain.perfdoctor, hostRoot: try RootDirectory(ofProcess: nil)
        )
        return symbolizer.frames(
            of: SymbolImage(path: path, kind: .elf(file: file, root: nil)),
            at: addresses.map(ImageAddress.init(rawValue:))
        )
    }

    @Test("finds a debug link beside the program and in .debug", arguments: ["program.debug", ".debug/program.debug"])
    func findsDebugLinks(place: String) throws {
        guard Toolchain.has("llvm-objcopy") else { return }
        for buildID in ["-Wl,--build-id", "-Wl,--build-id=none"] {
            let directory = try TemporaryDirectory()
            try directory.makeDirectory(".debug")
            let path = try Fixtures.compileC(flags: ["-g", "-O2", buildID], in: directory)
            try split(path, debug: "\(directory.path)/\(place)")
            let result = try symbolize(path)
            #expect(result.debugFile == "\(directory.path)/\(place)")
            #expect(!result.isStripped && result.hasDebugInfo)
            #expect(result.frames.contains { $0.count == 3 && $0[0].name == "leaf" && $0[0].file.hasSuffix("/program.c") })
        }
    }

    @Test("rejects the debug file of another build", arguments: ["-Wl,--build-id", "-Wl,--build-id=none"])
    func rejectsOtherBuilds(buildID: String) throws {
        guard Toolchain.has("llvm-objcopy") else { return }
        let directory = try TemporaryDirectory()
        let path = try Fixtures.compileC(flags: ["-g", "-O2", buildID], in: directory)
        try split(path, debug: path + ".debug")
        let other = try Fixtures.compileC(flags: ["-g", "-O0", buildID], in: directory, name: "other")
        try Toolchain.run(["llvm-objcopy", "--only-keep-debug", other, path + ".debug"])
        let result = try symbolize(path)
        #expect(result.debugFile == nil)
        #expect(result.isStripped && !result.hasDebugInfo)
        let warning = try #require(result.warnings.first)
        #expect(warning.code == "stripped")
        #expect(warning.remedy.contains("-g"))
    }

    @Test("uses libc's debug package")
    func usesDebugPackage() throws {
        let path = "/lib/x86_64-linux-gnu/libc.so.6"
        let elf = try ElfImage(OpenFile(path: path))
        let names = try symbolNames(elf)
        let address = try #require(names["malloc"])
        let symbolizer = Symbolizer(
            workerExecutable: Toolchain.perfdoctor, hostRoot: try RootDirectory(ofProcess: nil)
        )
        let result = symbolizer.frames(
            of: SymbolImage(path: path, kind: .elf(file: try OpenFile(path: path), root: nil)), at: [address]
        )
        guard result.hasDebugInfo else {
            print("skipped: libc6-dbg is not installed")
            #expect(result.warnings.map(\.remedy) == ["apt-get install libc6-dbg"])
            return
        }
        let frame = try #require(result.frames.first?.last)
        #expect(frame.name == "malloc")
        #expect(frame.file.hasSuffix("malloc.c"))
        #expect(frame.line > 0 && frame.startLine > 0)
    }

    private func symbolNames(_ elf: ElfImage) throws -> [String: ImageAddress] {
        var result: [String: ImageAddress] = [:]
        for symbol in SymbolTable([elf]).symbols { result[symbol.name] = symbol.address }
        return result
    }
}
