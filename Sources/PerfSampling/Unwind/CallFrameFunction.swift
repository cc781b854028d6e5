import PerfModel

/// The unwind information of one function, checked.
struct CallFrameFunction {
    /// Image addresses that it covers.
    let range: Range<UInt64>
    let common: CallFrameCommon
    /// What is to be done, by address.
    let program: CallFrameProgram

    /// - Parameters:
    ///   - fde: the entry with its length field.
    ///   - fdeAddress: the image address of its first byte; the section offset in `.debug_frame`.
    ///   - cie: the entry that it refers to, with its length field.
    init?(fde: [UInt8], fdeAddress: UInt64, cie: CallFrameCommon) {
        guard let body = CallFrameEntry(fde, isDebugFrame: cie.isDebugFrame), !body.isCommon else { return nil }
        var cursor = body.cursor
        let start = cursor.pointer(
            encoding: cie.pointerEncoding, address: fdeAddress &+ UInt64(cursor.position)
        )
        let count = cursor.pointer(encoding: cie.pointerEncoding & 0x0F, address: 0)
        if cie.hasAugmentationSize { cursor.skip(cursor.unsignedLEB()) }
        let end = start.addingReportingOverflow(count)
        guard !cursor.isBroken, count > 0, count < 1 << 31, !end.overflow else { return nil }
        range = start..<end.partialValue
        common = cie

        var program = CallFrameProgram(architecture: cie.architecture)
        guard program.append(cie.instructions, from: 0), program.endInitial(),
            program.append(cursor.bytes, from: cursor.position), program.isSound
        else { return nil }
        self.program = program
    }
}
