import Testing

@testable import PerfSampling

@Suite("BPF assembler")
struct BPFAssemblerTests {
    @Test("instructions are encoded as RFC 9669 has them")
    func encoding() {
        var code = BPFAssembler()
        code.move(.r0, 0)
        code.move(.r1, .r2)
        code.operate(.add, .r2, -4)
        code.load(.r3, from: .r1, 16)
        code.store(.r3, to: .frame, -8, .word)
        code.store(immediate: -1, to: .frame, -16)
        code.load(.r4, constant: 0x1234_5678_9ABC_DEF0)
        code.load(.r1, map: 5)
        code.call(.mapLookup)
        code.addAtomically(.r1, to: .r0, 8)
        code.exit()
        #expect(
            code.assembled() == [
                0x0000_0000_0000_00B7, 0x0000_0000_0000_21BF, 0xFFFF_FFFC_0000_0207, 0x0000_0000_0010_1379,
                0x0000_0000_FFF8_3A63, 0xFFFF_FFFF_FFF0_0A7A, 0x9ABC_DEF0_0000_0418, 0x1234_5678_0000_0000,
                0x0000_0005_0000_1118, 0x0000_0000_0000_0000, 0x0000_0001_0000_0085, 0x0000_0000_0008_10DB,
                0x0000_0000_0000_0095,
            ])
    }

    @Test("jumps lead to where their labels are, forwards and backwards")
    func jumps() {
        var code = BPFAssembler()
        let back = code.makeLabel()
        let end = code.makeLabel()
        code.place(back)
        code.jump(if: .r1, .equal, 7, to: end)
        code.jump(if: .r1, .less, .r2, to: back)
        code.jump(to: end)
        code.place(end)
        code.exit()
        #expect(
            code.assembled() == [
                0x0000_0007_0002_0115, 0x0000_0000_FFFE_21AD, 0x0000_0000_0000_0005, 0x0000_0000_0000_0095,
            ])
    }

    @Test("a label without a place makes no program")
    func unplaced() {
        var code = BPFAssembler()
        code.jump(to: code.makeLabel())
        #expect(code.assembled() == nil)
    }

    @Test("the programs have all their labels, with every way of observing", arguments: [false, true])
    func programs(observesAll: Bool) throws {
        let kernel = try #require(KernelLayout(try KernelTypesTests.kernel))
        let programs = WaitPrograms(
            kernel: kernel,
            maps: WaitPrograms.Maps(
                threads: 3, accounts: 4, stacks: 5, places: 6, spaces: 7, granules: 8, budget: 9, counters: 10, ring: 11
            ), observesAll: observesAll, ringByteCount: 1 << 20)
        for program in [
            programs.onSwitch(), programs.onWaking(preemption: kernel.preemption), programs.onWaking(preemption: nil),
            programs.onFork(), programs.onExec(), programs.onExit(),
        ] {
            let code = try #require(program)
            #expect(code.last == 0x95)
        }
    }
}
