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
            #expect(
                result.frames.contains { $0.count == 3 && $0[0].name == "leaf" && $0[0].file.hasSuffix("/program.c") })
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

    @Test("reads what dwz moved to a common file")
    func readsAlternativeFile() throws {
        guard Toolchain.has("dwz") else { return }
        let directory = try TemporaryDirectory()
        // Enough types in common that dwz finds them worth a file.
        let source =
            "#include <stdio.h>\n#include <stdlib.h>\n#include <sys/stat.h>\n#include <netinet/in.h>\n"
            + Fixtures.c
            + (0..<60).map { number in
                """
                struct shared\(number) { int a, b; char name[64]; struct shared\(number) *next; };
                static inline __attribute__((always_inline)) int common\(number)(struct shared\(number) *s) {
                    int total = 0;
                    for (; s; s = s->next) total += s->a * s->b;
                    return total;
                }
                int entry\(number)(struct shared\(number) *s) { return common\(number)(s) + common\(number)(s->next); }

                """
            }.joined()
        let paths = try ["program", "other"].map { name in
            try Fixtures.compileC(source, flags: ["-gdwarf-4", "-O1", "-rdynamic"], in: directory, name: name)
        }
        let common = "\(directory.path)/common"
        try Toolchain.run(["dwz", "-m", common, "-M", common] + paths)
        let image = try ElfImage(OpenFile(path: paths[0]))
        try #require(image.section(named: ".gnu_debugaltlink") != nil)
        let result = try symbolize(paths[0])
        #expect(result.frames.contains { $0.map(\.name) == ["common7", "entry7"] })
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
