import FoundationEssentials
import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@testable import PerfSampling

/// Every row of every function of the libraries that programs here are made of, against libunwind.
@Suite("Unwind rows of whole libraries")
struct UnwindEveryFunctionTests {
    private static let stackStart: UInt64 = 0x7FFF_0000_0000
    private static let base: UInt64 = 0x7F00_0000_0000
    /// One of so many functions is looked at; 1 for all of them, which takes minutes without optimization.
    private static let step = ProcessInfo.processInfo.environment["PERFDOCTOR_EVERY_FUNCTION"] == nil ? 16 : 1

    static let libraries: [String] = {
        let folders = ["/opt/swift/usr/lib/swift/linux", "/usr/lib/swift/linux"]
        let toolchain = folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".so") }
                .map { folder + "/" + $0 }
        }
        let system =
            ["libc.so.6", "ld-linux-x86-64.so.2", "libstdc++.so.6", "libcrypto.so.3", "libm.so.6"]
            .map { "/lib/x86_64-linux-gnu/" + $0 } + ["/usr/lib/x86_64-linux-gnu/libstdc++.so.6"]
        return (toolchain.sorted() + system).filter { FileManager.default.fileExists(atPath: $0) }
    }()

    private struct Tally {
        var functions = 0
        var rows = 0
        /// Rows that libunwind has to do.
        var slow = 0
        var roots = 0
        var wrong: [String] = []
    }

    @Test("rows say what libunwind does", arguments: libraries)
    func agree(path: String) throws {
        let image = try UnwindImage(source: OpenFile(path: path))
        let section = try #require(image.elf.section(named: ".eh_frame"))
        let starts = CallFrameIndex(
            image.elf.contents(of: section), address: section.address.rawValue, isDebugFrame: false
        ).functionStarts
        let space = AddressSpace(
            image.elf.segments.filter(\.isLoaded).map { segment in
                let start = (Self.base + segment.address.rawValue) & ~4095
                return AddressSpace.Region(
                    start: CodeAddress(rawValue: start),
                    end: CodeAddress(rawValue: Self.base + segment.address.rawValue + segment.memorySize),
                    fileOffset: FileOffset(rawValue: segment.offset.rawValue & ~4095), image: image,
                    isExecutable: segment.isExecutable)
            })
        var registers = UserRegisters()
        for number in 0..<UserRegisters.count { registers[number] = Self.stackStart + UInt64(number) * 0x210 }
        registers.sp = Self.stackStart
        let stack = (0..<8192).map { UInt64($0) &* 0x0100_0001 &+ 0x5555_0000_0000 }
        let libunwind = LibunwindUnwinder()
        let pages = PageCache()
        var tally = Tally()
        for start in starts.enumerated().filter({ $0.offset % Self.step == 0 }).map(\.element) {
            guard let function = image.callFrames.function(covering: start, of: image, pages: pages) else { continue }
            tally.functions += 1
            var address = function.range.lowerBound
            while address < function.range.upperBound {
                registers.ip = Self.base + address
                // SAFETY: the array outlives the call.
                unsafe stack.withUnsafeBytes { stack in
                    let captured = unsafe CapturedStack(
                        registers: registers, stack: stack, callchain: UnsafeBufferPointer(start: nil, count: 0),
                        isStackCut: true)
                    unsafe compare(function, at: address, captured, space, libunwind, &tally)
                }
                guard let next = CallFrameRow(of: function, at: address).end, next > address else { break }
                address = next
            }
        }
        #expect(tally.wrong.isEmpty, "\(tally.wrong.prefix(5)) of \(tally.rows)")
        // Hand-written code has expressions, and libcrypto is full of it.
        #expect(tally.slow * 20 <= tally.rows, "\(tally)")
        #expect(tally.functions > 0)
    }

    private func compare(
        _ function: CallFrameFunction, at address: UInt64, _ captured: CapturedStack, _ space: AddressSpace,
        _ libunwind: LibunwindUnwinder, _ tally: inout Tally
    ) {
        tally.rows += 1
        let row = UnwindRow(function, at: address)
        guard row.kind != .slow else {
            tally.slow += 1
            return
        }
        if row.kind == .root { tally.roots += 1 }
        var walk = unsafe StackWalk(captured, space: space)
        let own: StackWalk.Step = row.kind == .root ? .end(.root) : unsafe walk.leave(by: row)
        let reference = unsafe libunwind.step(
            from: captured.registers, isExact: true, captured: captured, space: space)
        switch (own, reference) {
        case (.end(.root), .root), (.end(.unrooted), .stuck): return
        case (.missing(let one), .missing(let other)) where one == other: return
        case (.caller, .caller(let other, isSignal: false)):
            let followed = [3, 6, 7, 12, 13, 14, 15, 16]
            if followed.allSatisfy({ unsafe walk.registers[$0] == other[$0] }) { return }
        default: break
        }
        tally.wrong.append("\(String(address, radix: 16)): \(own), libunwind \(reference)")
    }
}
