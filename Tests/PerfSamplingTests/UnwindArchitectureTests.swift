import FoundationEssentials
import PerfLinux
import PerfModel
import PerfSymbols
import Testing

@testable import PerfSampling

/// `Fixtures/unwind/aarch64/README.md` says how the files came about.
@Suite("Unwind rows of aarch64")
struct UnwindArchitectureTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Fixtures/unwind/aarch64")

    private struct Listed {
        var address: UInt64
        var cells: [String: String]
    }

    /// The rows of `readelf --debug-dump=frames-interp`, without those of CIEs.
    private func listed(_ name: String) throws -> [Listed] {
        let text = try String(contentsOf: Self.folder.appending(path: "\(name).rows"), encoding: .utf8)
        var rows: [Listed] = []
        var columns: [String] = []
        var isFunction = false
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words.contains("CIE") || words.contains("FDE") {
                isFunction = words.contains("FDE")
                columns = ["LOC", "CFA"]
            } else if words.first == "LOC" {
                columns = words
            } else if isFunction, words.count == columns.count, let address = UInt64(words[0], radix: 16) {
                rows.append(
                    Listed(address: address, cells: Dictionary(uniqueKeysWithValues: zip(columns, words).dropFirst())))
            }
        }
        return rows
    }

    private func cells(_ row: CallFrameRow) -> [String: String] {
        var cells: [String: String] = [:]
        if case .register(let number, let offset) = row.frameAddress {
            cells["CFA"] = (number == 31 ? "sp" : "x\(number)") + (offset < 0 ? "\(offset)" : "+\(offset)")
        }
        for (number, rule) in row.rules.enumerated() {
            switch rule {
            case .stored(let offset): cells[number == 30 ? "ra" : "x\(number)"] = "c\(offset)"
            case .same: break
            default: cells["x\(number)"] = "\(rule)"
            }
        }
        return cells
    }

    @Test("each row is what readelf makes of it", arguments: ["frames-pac", "frames-plain"])
    func rows(name: String) throws {
        let image = try UnwindImage(source: OpenFile(path: Self.folder.appending(path: name).path))
        let listed = try listed(name)
        #expect(listed.count > 30)
        var signed = 0
        for expected in listed {
            let found = image.callFrames.function(covering: expected.address, of: image, pages: PageCache())
            let row = CallFrameRow(of: try #require(found), at: expected.address)
            // Vector registers are left out; `u` is what nobody said anything about.
            let wanted = expected.cells.filter { !$0.key.hasPrefix("v") && $0.value != "u" && $0.value != "s" }
            #expect(cells(row) == wanted, "at \(String(expected.address, radix: 16))")
            #expect(!row.isDoubtful)
            if row.isReturnAddressSigned { signed += 1 }
        }
        // Each function of the one signs in its first instruction but one and checks in its last but one.
        #expect((signed > listed.count / 2) == (name == "frames-pac"))
        #expect((signed == 0) == (name == "frames-plain"))
    }

    @Test("a leaf's return address is signed between its first and its last instruction")
    func signed() throws {
        let image = try UnwindImage(source: OpenFile(path: Self.folder.appending(path: "frames-pac").path))
        let start = try #require(try listed("frames-pac").first).address
        let found = image.callFrames.function(covering: start, of: image, pages: PageCache())
        let leaf = try #require(found)
        let states = stride(from: leaf.range.lowerBound, to: leaf.range.upperBound, by: 4).map {
            CallFrameRow(of: leaf, at: $0).isReturnAddressSigned
        }
        #expect(states.first == false && states.last == false && states.contains(true))
        #expect(UnwindArchitecture.withoutSignature(0xB7D5_AAAA_CAFE_1234) == 0x0000_AAAA_CAFE_1234)
    }

    @Test("another machine's images are no reason to unwind by them")
    func foreign() throws {
        let image = try UnwindImage(source: OpenFile(path: Self.folder.appending(path: "frames-plain").path))
        let base: UInt64 = 0x7F00_0000_0000
        let space = AddressSpace([
            AddressSpace.Region(
                start: CodeAddress(rawValue: base), end: CodeAddress(rawValue: base + 0x1000),
                fileOffset: FileOffset(rawValue: 0), image: image)
        ])
        let function = try #require(try listed("frames-plain").first).address
        var registers = UserRegisters()
        registers.ip = base + function
        registers.sp = 0x7FFF_0000_0000
        let stack = [UInt64](repeating: base + function + 4, count: 8)
        for unwinder in [RowCacheUnwinder(), LibunwindUnwinder()] as [any Unwinder] {
            var frames: [UnwoundFrame] = []
            // SAFETY: the array outlives the call.
            let end = unsafe stack.withUnsafeBytes { stack in
                unsafe unwinder.unwind(
                    CapturedStack(
                        registers: registers, stack: stack, callchain: UnsafeBufferPointer(start: nil, count: 0),
                        isStackCut: false), in: space, into: &frames)
            }
            #expect(end == .unrooted)
            #expect(frames.count == 1)
        }
    }
}
