import PerfModel
import Testing

@testable import PerfSampling

@Suite("Unwinding with libunwind")
struct UnwindLibunwindTests {
    /// `_start` calls `main`, which pushes rbp and calls `leaf`, which pushes rbx.
    private func image() -> UnwindTestImage {
        var image = UnwindTestImage()
        // call main; hlt
        image.add("_start", [0xE8, 0, 0, 0, 0, 0xF4], callFrame: [0x07, 16])
        // push rbp; mov rbp, rsp; call leaf; pop rbp; ret
        image.add(
            "main", [0x55, 0x48, 0x89, 0xE5, 0xE8, 0, 0, 0, 0, 0x5D, 0xC3],
            callFrame: [0x41, 0x0E, 16, 0x86, 2, 0x43, 0x0D, 6, 0x46, 0x0C, 7, 8])
        // push rbx; nop; nop; pop rbx; ret
        image.add("leaf", [0x53, 0x90, 0x90, 0x5B, 0xC3], callFrame: [0x41, 0x0E, 16, 0x83, 2, 0x43, 0x0E, 8])
        return image
    }

    /// Stopped in `leaf`; the words above belong to main and _start.
    private func scene(_ image: UnwindTestImage) -> UnwindTestScene {
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("leaf", 2)
        scene.registers[.rbp] = UnwindTestScene.stackStart + 16
        scene.stack = [7, scene.at("main", 9), 0, scene.at("_start", 5), 1, 2]
        return scene
    }

    @Test("follows unwind information to the entry point")
    func followsUnwindInformation() throws {
        let result = try scene(image()).unwound()
        #expect(result.frames == ["leaf", "main", "_start"])
        #expect(result.end == .root)
    }

    @Test("finds the same without a search table, and in .debug_frame")
    func otherTables() throws {
        var image = image()
        image.hasSearchTable = false
        #expect(try scene(image).unwound().frames == ["leaf", "main", "_start"])
        image.isDebugFrame = true
        #expect(try scene(image).unwound().frames == ["leaf", "main", "_start"])
    }

    @Test("works without section headers and symbols")
    func stripped() throws {
        var image = image()
        image.isStripped = true
        let result = try scene(image).unwound()
        #expect(result.frames == ["leaf", "main", "_start"])
        #expect(result.end == .root)
    }

    @Test("knows rbp after an epilogue has popped it")
    func epilogue() throws {
        // As compilers write it: behind `pop rbp` the CFA is right, but rbp is said to be on the stack still.
        var image = UnwindTestImage()
        image.add("_start", [0xE8, 0, 0, 0, 0, 0xF4], callFrame: [0x07, 16])
        let body: [UInt8] = [0x55, 0x48, 0x89, 0xE5, 0xE8, 0, 0, 0, 0, 0x5D, 0xC3]
        let callFrame: [UInt8] = [0x41, 0x0E, 16, 0x86, 2, 0x43, 0x0D, 6, 0x46, 0x0C, 7, 8]
        image.add("main", body, callFrame: callFrame)
        image.add("leaf", body, callFrame: callFrame)
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("leaf", 10)
        scene.registers[.rbp] = UnwindTestScene.stackStart + 8
        scene.stack = [scene.at("main", 9), 0, scene.at("_start", 5)]
        let result = try scene.unwound()
        #expect(result.frames == ["leaf", "main", "_start"])
        #expect(result.end == .root)
    }

    @Test("looks up a caller that does not return within the call")
    func callAtTheEnd() throws {
        var image = UnwindTestImage()
        image.add("_start", [0xE8, 0, 0, 0, 0, 0xF4], callFrame: [0x07, 16])
        // push rbx; and eleven bytes up to a call that is its last instruction, at a multiple of 16.
        image.add(
            "main", [0x53] + [UInt8](repeating: 0x90, count: 10) + [0xE8, 0, 0, 0, 0],
            callFrame: [0x41, 0x0E, 16, 0x83, 2])
        image.add("abort", [0x90, 0xF4], callFrame: [])
        var scene = UnwindTestScene(image)
        scene.stack = [scene.at("main", 16), 7, scene.at("_start", 5)]
        #expect(scene.at("main", 16) == scene.at("abort"))
        let unwinder = LibunwindUnwinder()
        // The return address is abort's first instruction: both rows are asked for, in both orders.
        for _ in 0..<2 {
            scene.registers.ip = scene.at("abort", 1)
            #expect(try scene.unwound(unwinder).frames == ["abort", "main", "_start"])
            scene.registers.ip = scene.at("abort")
            #expect(try scene.unwound(unwinder).frames == ["abort", "main", "_start"])
        }
    }

    @Test("passes signal frames, also from another stack")
    func signalFrame() throws {
        var image = image()
        // CFA = *(rsp + 16), rip = *(rsp + 24), rbp = *(rsp + 32): a small ucontext.
        image.add(
            "__restore_rt", [0x90, 0x48, 0xC7, 0xC0, 15, 0, 0, 0, 0x0F, 0x05],
            callFrame: [
                0x0F, 3, 0x77, 16, 0x06, 0x10, 16, 2, 0x77, 24, 0x10, 6, 2, 0x77, 32,
            ], isSignal: true)
        image.initial = []
        for name in ["_start", "main", "leaf"] {
            image.callFrames[name] = [0x0C, 7, 8, 0x90, 1] + (image.callFrames[name] ?? [])
        }
        image.add("handler", [0x90, 0xC3], callFrame: [0x0C, 7, 8, 0x90, 1])
        var scene = UnwindTestScene(image)
        let interrupted = UnwindTestScene.stackStart + 64
        scene.registers.ip = scene.at("handler")
        // The dump: the handler's return address, the ucontext, then the interrupted stack. The unwind information
        // starts one byte before the function, as in the C library, so that it can be found at the address - 1.
        scene.stack = [
            scene.at("__restore_rt", 1), 0, 0, interrupted, scene.at("leaf", 0), interrupted + 8, 0, 0,
            scene.at("main", 9), 0, scene.at("_start", 5),
        ]
        let result = try scene.unwound()
        #expect(result.frames == ["handler", "__restore_rt", "leaf", "main", "_start"])
        #expect(result.end == .root)
    }

    @Test("a handler's own stack leads to the interrupted one by the kernel's chain only")
    func alternateStack() throws {
        var image = image()
        image.add(
            "__restore_rt", [0x90, 0x48, 0xC7, 0xC0, 15, 0, 0, 0, 0x0F, 0x05],
            callFrame: [0x0F, 3, 0x77, 16, 0x06, 0x10, 16, 2, 0x77, 24, 0x10, 6, 2, 0x77, 32], isSignal: true)
        image.add("handler", [0x90, 0xC3], callFrame: [])
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("handler")
        scene.stack = [scene.at("__restore_rt", 1), 0, 0, 0x7FFF_FFFF_0000, scene.at("leaf", 2), 0]
        let partial = try scene.unwound()
        #expect(partial.frames == ["handler", "__restore_rt", "leaf"])
        #expect(partial.end == .truncated)
        scene.callchain = [
            scene.registers.ip, scene.at("__restore_rt", 1), scene.at("main", 9), scene.at("_start", 5),
        ]
        let result = try scene.unwound()
        #expect(result.frames == ["handler", "__restore_rt", "leaf", "main?", "_start?"])
        #expect(result.end == .root)
    }

    @Test("a stack that runs out is truncated only if the dump was cut")
    func truncation() throws {
        var scene = scene(image())
        scene.stack = Array(scene.stack.prefix(1))
        #expect(try scene.unwound().end == .unrooted)
        scene.isStackCut = true
        let result = try scene.unwound()
        #expect(result.frames == ["leaf"])
        #expect(result.end == .truncated)
    }

    @Test("the kernel's chain finishes a truncated stack, in auto mode only")
    func joins() throws {
        var image = image()
        image.add(
            "middle", [0x55, 0x48, 0x89, 0xE5, 0xE8, 0, 0, 0, 0, 0x5D, 0xC3],
            callFrame: [0x41, 0x0E, 16, 0x86, 2, 0x43, 0x0D, 6, 0x46, 0x0C, 7, 8])
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("leaf", 2)
        scene.registers[.rbp] = UnwindTestScene.stackStart + 4096
        scene.stack = [7, scene.at("middle", 9)]
        scene.isStackCut = true
        scene.callchain = [
            scene.registers.ip, scene.at("middle", 9), scene.at("main", 9), scene.at("_start", 5), 0x1234,
        ]
        #expect(try scene.unwound(LibunwindUnwinder(mode: .dwarf)).frames == ["leaf", "middle"])
        #expect(try scene.unwound(LibunwindUnwinder(mode: .dwarf)).end == .truncated)
        let result = try scene.unwound()
        #expect(result.frames == ["leaf", "middle", "main", "_start"])
        #expect(result.end == .root)
        scene.callchain = [scene.registers.ip, scene.at("main", 9), scene.at("_start", 5)]
        #expect(try scene.unwound().frames == ["leaf", "middle"])
        #expect(try scene.unwound().end == .truncated)
    }

    @Test("where the stack could not be copied the kernel's chain is all there is, as a guess")
    func emptyDump() throws {
        var scene = scene(image())
        scene.stack = []
        #expect(try scene.unwound().end == .truncated)
        scene.callchain = [scene.registers.ip, scene.at("main", 9), scene.at("_start", 5)]
        let result = try scene.unwound()
        #expect(result.frames == ["leaf", "main?", "_start?"])
        #expect(result.end == .root)
    }

    @Test("in recursion the chain is joined where the most frames agree")
    func joinsRecursion() throws {
        var image = image()
        image.add("middle", [0x55, 0x48, 0x89, 0xE5, 0xE8, 0, 0, 0, 0, 0x5D, 0xC3])
        let scene = UnwindTestScene(image)
        let (other, again) = (scene.at("main", 9), scene.at("middle", 9))
        var frames = [scene.at("leaf", 1), other - 1, again - 1, again - 1].map {
            UnwoundFrame(address: CodeAddress(rawValue: $0), region: 0, isGuess: false)
        }
        let chain = [scene.at("leaf", 1), other, again, again, again, scene.at("_start", 5)]
        let space = try scene.space()
        // SAFETY: the array outlives the call.
        let isJoined = unsafe chain.withUnsafeBufferPointer {
            unsafe KernelCallchain.append($0, to: &frames, space: space, pages: PageCache())
        }
        #expect(isJoined)
        #expect(frames.map(\.address.rawValue) == [chain[0]] + chain.dropFirst().map { $0 - 1 })
    }

    @Test("the stack has to grow towards the caller")
    func loops() throws {
        // CFA = rsp: each step stays where it is.
        var image = UnwindTestImage()
        image.initial = [0x0C, 7, 0, 0x90, 0]
        image.add("loop", [0xE8, 0, 0, 0, 0, 0xC3], callFrame: [])
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("loop")
        scene.stack = [UInt64](repeating: scene.at("loop", 5), count: 64)
        let result = try scene.unwound()
        #expect(result.frames.count <= 2)
        #expect(result.end == .unrooted)
    }

    @Test("a stack of endless frames is cut")
    func endless() throws {
        var image = UnwindTestImage()
        image.add("loop", [0xE8, 0, 0, 0, 0, 0xC3], callFrame: [])
        var scene = UnwindTestScene(image)
        scene.registers.ip = scene.at("loop")
        scene.stack = [UInt64](repeating: scene.at("loop", 5), count: 8192)
        scene.isStackCut = true
        let result = try scene.unwound()
        #expect(result.frames.count == LibunwindUnwinder.mostFrames)
        #expect(result.end == .truncated)
    }

    @Test("many address spaces cost no more than the last few")
    func manySpaces() throws {
        let unwinder = LibunwindUnwinder()
        let scene = scene(image())
        for _ in 0..<100 {
            #expect(try scene.unwound(unwinder).end == .root)
        }
    }

    @Test("frame pointers only: the kernel's chain as it is")
    func framePointers() throws {
        var scene = scene(image())
        scene.callchain = [scene.registers.ip, scene.at("main", 9), scene.at("_start", 5)]
        let result = try scene.unwound(FramePointerUnwinder())
        #expect(result.frames == ["leaf", "main", "_start"])
        #expect(result.end == .root)
        scene.callchain.removeLast(2)
        #expect(try scene.unwound(FramePointerUnwinder()).end == .unrooted)
    }

    @Test("frame pointers only: where the kernel gives no chain, the copied stack has the same one")
    func framePointersInTheCopy() throws {
        var scene = scene(image())
        // leaf keeps no frame: the kernel would leave out main as well.
        var result = try scene.unwound(FramePointerUnwinder())
        #expect(result.frames == ["leaf", "_start"])
        #expect(result.end == .root)
        // Frames that lead to themselves, out of the copy, or nowhere.
        for next in [UnwindTestScene.stackStart + 16, UnwindTestScene.stackStart, 1 << 40, 3] {
            scene.stack = [7, scene.at("main", 9), next, scene.at("main", 9), 1, 2]
            result = try scene.unwound(FramePointerUnwinder())
            #expect(result.frames == ["leaf", "main"] && result.end == .root)
        }
        scene.registers[.rbp] = UInt64.max - 3
        result = try scene.unwound(FramePointerUnwinder())
        #expect(result.frames == ["leaf"] && result.end == .unrooted)
    }
}
