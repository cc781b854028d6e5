import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@Suite("ELF images")
struct ElfImageTests {
    @Test("reads the test's own executable")
    func readsOwnExecutable() throws {
        let elf = try ElfImage(OpenFile(path: "/proc/self/exe"))
        #expect(elf.section(named: ".text") != nil)
        #expect(elf.segments.contains { $0.type == ElfImage.Segment.ehFrameHeader })
        let text = try #require(elf.section(named: ".text"))
        #expect(elf.imageAddress(at: text.offset) == text.address)
        #expect(elf.fileOffset(of: text.address) == text.offset)
        let table = SymbolTable([elf])
        #expect(table.isComplete)
        #expect(table.symbol(containing: elf.entry)?.name == "_start")
    }

    @Test("tells why a file is not a readable image")
    func rejectsOtherFiles() throws {
        #expect(throws: ElfError.notElf) { try ElfImage(Array("#!/bin/sh\n".utf8)) }
        var header = [UInt8](repeating: 0, count: 64)
        header.replaceSubrange(0..<4, with: [0x7F, 0x45, 0x4C, 0x46])
        header[4] = 1
        header[5] = 1
        #expect(throws: ElfError.unsupportedClass(1)) { try ElfImage(header) }
        header[4] = 2
        header[5] = 2
        #expect(throws: ElfError.unsupportedByteOrder(2)) { try ElfImage(header) }
    }
}
