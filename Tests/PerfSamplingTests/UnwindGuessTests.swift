import PerfModel
import Testing

@testable import PerfSampling

@Suite("Unwinding functions without unwind information")
struct UnwindGuessTests {
    private static let framed: [UInt8] = [0x55, 0x48, 0x89, 0xE5, 0xE8, 0, 0, 0, 0, 0x5D, 0xC3]

    /// `_start` has unwind information, all others have none.
    private func image() -> UnwindTestImage {
        var image = UnwindTestImage()
        image.add("_start", [0xE8, 0, 0, 0, 0, 0xF4], callFrame: [0x07, 16])
        image.add("main", Self.framed)
        // endbr64; push rbp; mov rbp, rsp; nop; pop rbp; ret
        image.add("framed", [0xF3, 0x0F, 0x1E, 0xFA, 0x55, 0x48, 0x89, 0xE5, 0x90, 0x5D, 0xC3])
        // push r14; push rbx; sub rsp, 24; test edi, edi; je +6; add rsp, 24; pop rbx; pop r14; ret; call; jmp back
        image.add(
            "frameless",
            [
                0x41, 0x56, 0x53, 0x48, 0x83, 0xEC, 24, 0x85, 0xFF, 0x74, 8, 0x48, 0x83, 0xC4, 24, 0x5B, 0x41, 0x5E,
                0xC3, 0xE8, 0, 0, 0, 0, 0xEB, 0xF1,
            ])
        image.add("leaf", [0x8D, 0x04, 0x37, 0xC3])
        return image
    }

    @Test(
        "a leaf with a frame pointer, before, in and behind its prologue and in its epilogue",
        arguments: [(0, 0, false), (4, 0, false), (5, 1, false), (8, 1, true), (9, 1, true), (10, 0, false)])
    func framedLeaf(offset: Int, pushed: Int, isFrameSet: Bool) throws {
        var scene = UnwindTestScene(image())
        scene.registers.ip = scene.at("framed", offset)
        // main's frame: what framed pushed, the return address, then main's own rbp and return address.
        let mainFrame = UnwindTestScene.stackStart + UInt64(8 * (pushed + 1))
        scene.stack = (pushed == 1 ? [mainFrame] : []) + [scene.at("main", 9), 0, scene.at("_start", 5), 0, 0]
        scene.registers[.rbp] = isFrameSet ? UnwindTestScene.stackStart : mainFrame
        let result = try scene.unwound()
        #expect(result.frames == ["framed", "main?", "_start?"])
        #expect(result.end == .root)
    }

    @Test(
        "a function without a frame pointer, at each depth of its stack, also where an early exit comes before",
        arguments: [(0, 0), (2, 1), (3, 2), (7, 5), (11, 5), (15, 2), (16, 1), (18, 0), (19, 5)])
    func frameless(offset: Int, depth: Int) throws {
        var scene = UnwindTestScene(image())
        scene.registers.ip = scene.at("frameless", offset)
        scene.registers[.rbp] = UnwindTestScene.stackStart + UInt64(8 * (depth + 1))
        scene.stack =
            [UInt64](repeating: 3, count: depth) + [scene.at("main", 9), 0, scene.at("_start", 5), 0, 0]
        let result = try scene.unwound()
        #expect(result.frames == ["frameless", "main?", "_start?"])
    }

    @Test("a caller without a frame pointer, and a leaf without a frame")
    func framelessCaller() throws {
        var scene = UnwindTestScene(image())
        scene.registers.ip = scene.at("leaf")
        scene.registers[.rbp] = UnwindTestScene.stackStart + 56
        scene.stack = [scene.at("frameless", 24), 1, 1, 1, 1, 1, scene.at("main", 9), 0, scene.at("_start", 5), 0]
        let result = try scene.unwound()
        #expect(result.frames == ["leaf", "frameless?", "main?", "_start?"])
        #expect(result.end == .root)
    }

    @Test("a stripped function is left along its way to ret")
    func stripped() throws {
        var image = image()
        image.isStripped = true
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("leaf")
        scene.registers[.rbp] = UnwindTestScene.stackStart + 56
        scene.stack = [scene.at("frameless", 24), 1, 1, 1, 1, 1, scene.at("main", 9), 0, scene.at("_start", 5), 0]
        let result = try scene.unwound()
        #expect(result.frames == ["leaf", "frameless?", "main?", "_start?"])
    }

    @Test("a stub of the procedure linkage table")
    func linkageTable() throws {
        var image = image()
        image.isStripped = true
        // endbr64; jmp *[rip + n]
        image.add("stub", [0xF3, 0x0F, 0x1E, 0xFA, 0xFF, 0x25, 0, 0, 0, 0])
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("stub", 4)
        scene.registers[.rbp] = UnwindTestScene.stackStart + 8
        scene.stack = [scene.at("main", 9), 0, scene.at("_start", 5), 0]
        #expect(try scene.unwound().frames == ["stub", "main?", "_start?"])
    }

    @Test("a word that is no return address is not taken for one")
    func invented() throws {
        var scene = UnwindTestScene(image())
        scene.registers.ip = scene.at("leaf")
        scene.registers[.rbp] = 0x10
        // The start of a function, and a place behind an ordinary instruction: nobody called from there.
        for word in [scene.at("main"), scene.at("framed", 9), 0x1234, 0, .max] {
            scene.stack = [word, 0, 0, 0]
            let result = try scene.unwound()
            #expect(result.frames == ["leaf"])
            #expect(result.end == .unrooted)
        }
    }

    @Test("a call to nowhere is seen from its caller")
    func nowhere() throws {
        var scene = UnwindTestScene(image())
        scene.registers.ip = 0
        scene.registers[.rbp] = UnwindTestScene.stackStart + 8
        scene.stack = [scene.at("main", 9), 0, scene.at("_start", 5), 0]
        #expect(try scene.unwound().frames == ["-", "main?", "_start?"])
    }

    @Test("guessing up to the end of a dump that was cut is truncation")
    func truncated() throws {
        var scene = UnwindTestScene(image())
        scene.registers.ip = scene.at("frameless", 19)
        scene.registers[.rbp] = 0
        scene.stack = [1, 1]
        scene.isStackCut = true
        #expect(try scene.unwound().end == .truncated)
    }
}

@Suite("x86-64 instructions")
struct UnwindInstructionTests {
    @Test(
        "lengths and what they do to the stack",
        arguments: [
            ([0x55], .push(5)), ([0x41, 0x57], .push(15)), ([0x5D], .pop(5)), ([0x41, 0x5C], .pop(12)),
            ([0x48, 0x83, 0xEC, 0x28], .addToStackPointer(-0x28)),
            ([0x48, 0x81, 0xC4, 0, 1, 0, 0], .addToStackPointer(256)),
            ([0x48, 0x89, 0xE5], .setFramePointer(0)), ([0x48, 0x8B, 0xEC], .setFramePointer(0)),
            ([0x48, 0x8D, 0x6C, 0x24, 8], .setFramePointer(8)), ([0x48, 0x8D, 0x65, 0xD8], .setStackPointer(-40)),
            ([0x48, 0x89, 0xEC], .setStackPointer(0)), ([0x48, 0x83, 0xE4, 0xE0], .loseStackPointer),
            ([0x48, 0x29, 0xC4], .loseStackPointer), ([0x48, 0x39, 0xC4], .none), ([0x4C, 0x89, 0xE5], .none),
            ([0xC9], .leave), ([0xC3], .return), ([0xF3, 0xC3], .return), ([0xC2, 8, 0], .return),
            ([0xE8, 1, 2, 3, 4], .call), ([0xFF, 0xD0], .call), ([0x41, 0xFF, 0x54, 0x24, 0x10], .call),
            ([0xFF, 0x15, 0, 0, 0, 0], .call), ([0xE9, 0xFB, 0xFF, 0xFF, 0xFF], .jump(-5)), ([0xEB, 0x10], .jump(16)),
            ([0x74, 0xFE], .branch(-2)), ([0x0F, 0x84, 0, 1, 0, 0], .branch(256)), ([0xFF, 0xE0], .indirectJump),
            ([0xFF, 0x25, 0, 0, 0, 0], .tailCall), ([0x0F, 0x0B], .stop), ([0xF3, 0x0F, 0x1E, 0xFA], .none),
            ([0x66, 0x2E, 0x0F, 0x1F, 0x84, 0, 0, 0, 0, 0], .none), ([0x66, 0xC7, 0x07, 1, 2], .none),
            ([0x48, 0xB8, 1, 2, 3, 4, 5, 6, 7, 8], .none), ([0xF6, 0x47, 0x10, 1], .none), ([0xF7, 0xD8], .none),
            ([0xC5, 0xF8, 0x77], .none), ([0xC4, 0xE3, 0x7D, 0x39, 0xC1, 1], .none),
            ([0x62, 0xF1, 0x7C, 0x48, 0x10, 0x47, 0x01], .none), ([0x66, 0x0F, 0x3A, 0x0F, 0xC1, 8], .none),
        ] as [([UInt8], Instruction.Effect)])
    func decodes(bytes: [UInt8], effect: Instruction.Effect) {
        let found = Instruction(bytes, at: 0)
        #expect(found?.length == bytes.count)
        #expect(found?.effect == effect)
        // One byte less is no instruction.
        #expect(Instruction(Array(bytes.dropLast()), at: 0)?.length != bytes.count)
    }

    @Test("what is no instruction")
    func invalid() {
        #expect(Instruction([], at: 0) == nil)
        #expect(Instruction([0x06], at: 0) == nil)
        #expect(Instruction([UInt8](repeating: 0x66, count: 20) + [0x90], at: 0) == nil)
        #expect(Instruction([0x90], at: 5) == nil)
    }
}
