import PerfModel

/// The unwind information of one function, checked and written anew so that libunwind can be trusted with it.
///
/// libunwind 1.6 believes what it reads: a return address column or a `DW_CFA_register` beyond the registers indexes
/// past its arrays, a row without a CFA ends in an assertion, and an expression may jump back for ever. So it never
/// sees the file's bytes, only records of this form, which cannot do any of that.
struct CallFrameRecord {
    /// Image addresses that it covers.
    let range: Range<UInt64>
    /// A search table of one entry, the CIE and the FDE; a multiple of 8 bytes.
    let bytes: [UInt8]

    /// Longer entries are not believed: 32 KiB describe some ten thousand changes of one function's frame.
    static let largestEntry = 32 << 10

    init(_ function: CallFrameFunction) {
        range = function.range
        bytes = Self.written(function)
    }

    private init(range: Range<UInt64>, bytes: [UInt8]) {
        self.range = range
        self.bytes = bytes
    }

    /// The record where the image stands at `bias`.
    func moved(by bias: UInt64) -> CallFrameRecord {
        var bytes = bytes
        let position = startPosition
        let start = range.lowerBound &+ bias
        for index in 0..<8 {
            bytes[position + index] = UInt8(truncatingIfNeeded: start >> UInt64(8 * index))
        }
        let end = start.addingReportingOverflow(UInt64(range.count))
        return CallFrameRecord(range: start..<(end.overflow ? .max : end.partialValue), bytes: bytes)
    }

    /// Where the FDE holds the function's start.
    private var startPosition: Int {
        var cursor = CallFrameCursor(bytes, from: 4)
        return Int(truncatingIfNeeded: cursor.fixed(4)) + 8
    }

    private static func written(_ function: CallFrameFunction) -> [UInt8] {
        let (program, common) = (function.program, function.common)
        let (start, count) = (function.range.lowerBound, UInt64(function.range.count))
        // The single entry of the search table: any address is behind the least offset.
        var bytes: [UInt8] = [0, 0, 0, 0x80, 0, 0, 0, 0]
        // CIE: length, id, version 1, augmentation, factors, return address column, encoding of pointers (absolute).
        let cie = bytes.count
        bytes += [0, 0, 0, 0, 0, 0, 0, 0, 1] + Array((common.isSignalFrame ? "zRS" : "zR").utf8) + [0]
        appendUnsignedLEB(common.codeAlignment, to: &bytes)
        appendSignedLEB(common.dataAlignment, to: &bytes)
        bytes += [UInt8(UserRegisters.Register.rip.rawValue), 1, 0x04]
        bytes += program.initial
        close(entry: cie, in: &bytes)
        // FDE: length, distance to the CIE, start, size, no augmentation.
        let fde = bytes.count
        appendFixed(UInt64(fde), count: 4, at: 4, to: &bytes)
        bytes += [0, 0, 0, 0]
        appendFixed(UInt64(fde + 4 - cie), count: 4, at: nil, to: &bytes)
        appendFixed(start, count: 8, at: nil, to: &bytes)
        appendFixed(count, count: 8, at: nil, to: &bytes)
        // libunwind reads an ABI marker of four bytes here in signal frames.
        bytes += common.isSignalFrame ? [4, 0, 0, 0, 0] : [0]
        bytes += program.instructions
        close(entry: fde, in: &bytes)
        return bytes
    }

    /// Pads an entry to 8 bytes with DW_CFA_nop and writes its length.
    private static func close(entry start: Int, in bytes: inout [UInt8]) {
        while bytes.count % 8 != 0 { bytes.append(0) }
        appendFixed(UInt64(bytes.count - start - 4), count: 4, at: start, to: &bytes)
    }

    private static func appendFixed(_ value: UInt64, count: Int, at position: Int?, to bytes: inout [UInt8]) {
        for index in 0..<count {
            let byte = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
            if let position { bytes[position + index] = byte } else { bytes.append(byte) }
        }
    }

    private static func appendUnsignedLEB(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        repeat {
            let low = UInt8(truncatingIfNeeded: rest & 0x7F)
            rest >>= 7
            bytes.append(rest == 0 ? low : low | 0x80)
        } while rest != 0
    }

    private static func appendSignedLEB(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = value
        while true {
            let low = UInt8(truncatingIfNeeded: rest & 0x7F)
            rest >>= 7
            if (rest == 0 && low & 0x40 == 0) || (rest == -1 && low & 0x40 != 0) {
                bytes.append(low)
                return
            }
            bytes.append(low | 0x80)
        }
    }
}
