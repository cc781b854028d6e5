import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@Suite("Symbol tables")
struct SymbolTableTests {
    private static let library = """
        int exported(int value) { return value + 1; }
        static __attribute__((noinline, used)) int internal(int value) { return value * 3; }
        int other(int value) { return internal(value) + exported(value); }
        extern int alias(int) __attribute__((alias("exported"), visibility("hidden")));
        __asm__(".text\\n.globl assembler\\nassembler:\\n nop\\n nop\\n ret\\n.globl after\\nafter:\\n ret\\n");

        """

    private func table(_ path: String) throws -> SymbolTable {
        SymbolTable([try ElfImage(OpenFile(path: path))])
    }

    /// Name, address and size of each function, as nm prints them.
    private func oracle(_ path: String, _ flags: [String]) throws -> [(name: Substring, start: UInt64, size: UInt64)] {
        try Toolchain.run(["nm", "-S", "--defined-only"] + flags + [path]).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count == 4, ["T", "t", "W"].contains(parts[2]), let start = UInt64(parts[0], radix: 16),
                let size = UInt64(parts[1], radix: 16)
            else { return nil }
            return (parts[3], start, size)
        }
    }

    private func compare(_ table: SymbolTable, _ path: String, _ flags: [String]) throws -> Int {
        let expected = try oracle(path, flags)
        let names = Dictionary(grouping: expected, by: \.start)
        for (name, start, size) in expected {
            let first = table.symbol(containing: ImageAddress(rawValue: start))
            let known = (names[start] ?? []).map { CompilerSuffix.removed(from: String($0.name)) }
            #expect(first.map { known.contains(CompilerSuffix.removed(from: $0.name)) } == true, "\(name)")
            let last = table.symbol(containing: ImageAddress(rawValue: start + size - 1))
            #expect(last?.name == first?.name, "\(name)")
        }
        return expected.count
    }

    @Test("agrees with nm on a Swift program and on the tests themselves")
    func agreesWithNm() throws {
        guard Toolchain.has("nm") else { return }
        let directory = try TemporaryDirectory()
        let program = try Fixtures.compileSwift(flags: ["-O"], in: directory)
        #expect(try compare(try table(program), program, []) > 50)
    }

    @Test("finds exported functions with and without section headers")
    func findsExportedFunctions() throws {
        guard Toolchain.has("nm"), Toolchain.has("llvm-objcopy") else { return }
        let directory = try TemporaryDirectory()
        let path = try Fixtures.compileC(Self.library, flags: ["-shared", "-fPIC", "-O1"], in: directory)
        let full = try table(path)
        #expect(full.isComplete)
        #expect(try compare(full, path, []) > 2)
        let expected = try oracle(path, ["-D"])
        try #require(expected.count >= 2)

        try Toolchain.run(["llvm-objcopy", "--strip-all", path, path + ".stripped"])
        try Toolchain.run(["llvm-objcopy", "--strip-sections", path, path + ".bare"])
        for suffix in [".stripped", ".bare"] {
            let stripped = try table(path + suffix)
            #expect(!stripped.isComplete)
            for (name, start, size) in expected {
                let range = ImageAddress(rawValue: start)..<ImageAddress(rawValue: start + size)
                #expect(stripped.symbol(containing: range.lowerBound) == Symbol(name: String(name), range: range))
            }
            // A function that only the full table knows belongs to nobody here, rather than to its neighbour.
            let hidden = try #require(full.symbols.first { $0.name == "internal" })
            #expect(stripped.symbol(containing: hidden.address) == nil)
        }
        let bare = try ElfImage(OpenFile(path: path + ".bare"))
        #expect(bare.sections.isEmpty)
        #expect(bare.segments.contains { $0.type == ElfImage.Segment.ehFrameHeader })
        #expect(bare.buildID == (try ElfImage(OpenFile(path: path))).buildID)
    }

    @Test("lets symbols without a size reach to the next one")
    func extendsAssemblerSymbols() throws {
        let directory = try TemporaryDirectory()
        let table = try table(Fixtures.compileC(Self.library, flags: ["-shared", "-fPIC", "-O1"], in: directory))
        let assembler = try #require(table.symbols.first { $0.name == "assembler" })
        #expect(assembler.range.upperBound.rawValue - assembler.range.lowerBound.rawValue == 3)
        let last = ImageAddress(rawValue: assembler.address.rawValue + 2)
        #expect(table.symbol(containing: last)?.name == "assembler")
        #expect(table.symbol(containing: assembler.range.upperBound)?.name == "after")
    }

    @Test("prefers the exported name to its local aliases")
    func prefersExportedNames() throws {
        let directory = try TemporaryDirectory()
        let table = try table(Fixtures.compileC(Self.library, flags: ["-shared", "-fPIC", "-O1"], in: directory))
        #expect(table.symbols.contains { $0.name == "exported" })
        #expect(!table.symbols.contains { $0.name == "alias" })
        let libc = try OpenFile(path: "/lib/x86_64-linux-gnu/libc.so.6")
        let names = Set(SymbolTable([try ElfImage(libc)]).symbols.map(\.name))
        #expect(names.isSuperset(of: ["malloc", "write", "memcpy", "pthread_create"]))
        #expect(names.isDisjoint(with: ["__libc_malloc", "__write"]))
    }

    @Test("reads the table in .gnu_debugdata")
    func readsMiniDebugInfo() throws {
        guard Toolchain.has("xz"), Toolchain.has("llvm-objcopy") else { return }
        let directory = try TemporaryDirectory()
        let path = try Fixtures.compileC(Self.library, flags: ["-shared", "-fPIC", "-O1"], in: directory)
        let address = try #require(try table(path).symbols.first { $0.name == "internal" }).address
        try Toolchain.run(["llvm-objcopy", "--only-keep-debug", path, path + ".mini"])
        try Toolchain.run(["xz", "-k", path + ".mini"])
        try Toolchain.run(["llvm-objcopy", "--strip-all", path])
        try Toolchain.run(["llvm-objcopy", "--add-section", ".gnu_debugdata=\(path).mini.xz", path])
        let image = SymbolImage(path: path, kind: .elf(file: try OpenFile(path: path), root: nil))
        let result = Symbolizer(workerExecutable: Toolchain.perfdoctor).frames(of: image, at: [address])
        #expect(result.frames.first?.first?.name == "internal")
        #expect(!result.isStripped)
    }

    @Test("survives hostile images: truncated, with random headers, huge counts, overlapping sections")
    func survivesHostileImages() throws {
        let directory = try TemporaryDirectory()
        let path = try Fixtures.compileC(Self.library, flags: ["-shared", "-fPIC", "-g"], in: directory)
        let file = try OpenFile(path: path)
        let original = file.bytes(at: FileOffset(rawValue: 0), count: Int(file.byteCount))
        let elf = try ElfImage(original)
        let sectionTable =
            try #require(original.indices.contains(0x28) ? Int(original[0x28]) : nil)
            | Int(original[0x29]) << 8 | Int(original[0x2A]) << 16
        var random = SeededGenerator(seed: 42)
        for round in 0..<1500 {
            var bytes = original
            switch round % 4 {
            case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            case 1:
                // The ELF header and the program headers.
                for _ in 0..<4 {
                    bytes[Int.random(in: 4..<0x300, using: &random)] = .random(in: 0...255, using: &random)
                }
            case 2:
                for _ in 0..<6 {
                    let index = sectionTable + Int.random(in: 0..<elf.sections.count * 64, using: &random)
                    if index < bytes.count { bytes[index] = [0, 0xFF, 0x7F, 1].randomElement(using: &random) ?? 0 }
                }
            default:
                for _ in 0..<200 {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
            }
            do {
                let image = try ElfImage(bytes)
                let table = SymbolTable([image])
                for symbol in table.symbols.prefix(20) {
                    #expect(symbol.range.lowerBound <= symbol.range.upperBound)
                    _ = table.symbol(containing: symbol.address)
                }
                for section in image.sections { #expect(image.contents(of: section).count <= bytes.count << 11) }
                _ = image.imageAddress(at: FileOffset(rawValue: .random(in: 0 ... .max, using: &random)))
                _ = image.fileOffset(of: ImageAddress(rawValue: .random(in: 0 ... .max, using: &random)))
            } catch {
                #expect(!error.summary.isEmpty)
            }
        }
    }
}
