import Glibc
import PerfModel
import PerfSymbols
import Testing

@Suite("Kernel symbols")
struct KernelSymbolsTests {
    private static let text = """
        0000000000000000 A fixed_percpu_data
        ffffffff81000000 T _stext
        ffffffff81000000 t local_alias
        ffffffff81001000 T do_syscall_64
        ffffffff81001200 t helper.constprop.0
        ffffffff81001300 D some_data
        ffffffffc0300000 t nvme_poll\t[nvme]
        ffffffffc0300040 W nvme_weak\t[nvme]

        """

    @Test("names functions and their modules")
    func namesFunctions() throws {
        let symbols = try #require(KernelSymbols.parse(Array(Self.text.utf8)).value)
        #expect(symbols.symbol(at: 0xFFFF_FFFF_8100_0FFF)?.name == "_stext")
        #expect(symbols.symbol(at: 0xFFFF_FFFF_8100_1000)?.name == "do_syscall_64")
        let poll = try #require(symbols.symbol(at: 0xFFFF_FFFF_C030_0010))
        #expect(poll.name == "nvme_poll")
        #expect(poll.module == "nvme")
        #expect(symbols.symbol(at: 0xFFFF_FFFF_C030_0050)?.module == "nvme")
        #expect(symbols.symbol(at: 0xFFFF_FFFF_80FF_FFFF) == nil)
        #expect(symbols.symbol(at: 0xFFFF_FFFF_F000_0000) == nil)
    }

    @Test("says why there are none")
    func saysWhy() {
        let hidden = "0000000000000000 T _stext\n0000000000000000 t other\t[nvme]\n"
        guard case .unavailable(let reason, let remedy) = KernelSymbols.parse(Array(hidden.utf8)) else {
            Issue.record("hidden addresses are not symbols")
            return
        }
        #expect(reason.contains("kptr_restrict"))
        #expect(remedy?.contains("sysctl") == true)
        #expect(KernelSymbols.parse([]).value == nil)
        #expect(KernelSymbols.load(from: "/nonexistent/kallsyms", naming: [1]).value == nil)
    }

    @Test("reading only what is needed finds the same")
    func filtered() throws {
        let whole = try #require(KernelSymbols.parse(Array(Self.text.utf8)).value)
        let addresses: [UInt64] = [
            0xFFFF_FFFF_8100_0FFF, 0xFFFF_FFFF_8100_1000, 0xFFFF_FFFF_8100_1100, 0xFFFF_FFFF_8100_1300,
            0xFFFF_FFFF_C030_0010, 0xFFFF_FFFF_C030_0050, 0xFFFF_FFFF_80FF_FFFF, .max, 1,
        ]
        let path = "/tmp/perfdoctor-kallsyms-\(UInt64.random(in: 0 ... .max))"
        // SAFETY: the bytes and the path outlive the calls.
        try unsafe Array(Self.text.utf8).withUnsafeBytes { bytes in
            let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
            try #require(descriptor >= 0)
            #expect(unsafe write(descriptor, bytes.baseAddress, bytes.count) == bytes.count)
            close(descriptor)
        }
        defer { _ = unsafe unlink(path) }
        for count in 0...addresses.count {
            let wanted = Array(addresses.prefix(count)) + addresses.suffix(1)
            let some = try #require(KernelSymbols.load(from: path, naming: wanted).value)
            for address in wanted { #expect(some.symbol(at: address) == whole.symbol(at: address)) }
            #expect(some.count <= wanted.count + 1)
        }
    }

    @Test("survives damaged text")
    func survivesDamage() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<1000 {
            var bytes = Array(Self.text.utf8)
            for _ in 0..<8 {
                bytes[.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            bytes.removeLast(.random(in: 0..<bytes.count, using: &random))
            let symbols = KernelSymbols.parse(bytes).value
            _ = symbols?.symbol(at: .random(in: 0 ... .max, using: &random))
            _ = symbols?.symbol(at: 0xFFFF_FFFF_8100_1001)
        }
    }
}
