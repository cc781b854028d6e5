import PerfSampling
import Synchronization

/// Samples copied while they were recorded, to be unwound again and again.
final class SampleCopies: Sendable {
    struct Sample: Sendable {
        var registers: UserRegisters
        var stack: [UInt8]
        var callchain: [UInt64]
        var isStackCut: Bool
        var space: AddressSpace
    }

    private let state = Mutex<[Sample]>([])
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var samples: [Sample] { state.withLock { $0 } }

    func add(_ captured: CapturedStack, in space: AddressSpace) {
        // SAFETY: the dump and the chain are valid during the call of the unwinder that hands them on.
        let sample = unsafe Sample(
            registers: captured.registers, stack: Array(captured.stack), callchain: Array(captured.callchain),
            isStackCut: captured.isStackCut, space: space)
        state.withLock { samples in
            if samples.count < limit { samples.append(sample) }
        }
    }
}

extension SampleCopies.Sample {
    /// Takes over another sample's values, into the memory that is there.
    mutating func replace(by other: SampleCopies.Sample) {
        registers = other.registers
        stack.removeAll(keepingCapacity: true)
        stack.append(contentsOf: other.stack)
        callchain.removeAll(keepingCapacity: true)
        callchain.append(contentsOf: other.callchain)
        isStackCut = other.isStackCut
        space = other.space
    }

    func unwind(by unwinder: some Unwinder, into frames: inout [UnwoundFrame]) -> StackEnd {
        // SAFETY: the arrays outlive the call.
        unsafe stack.withUnsafeBytes { stack in
            unsafe callchain.withUnsafeBufferPointer { callchain in
                unsafe unwinder.unwind(
                    CapturedStack(
                        registers: registers, stack: stack, callchain: callchain, isStackCut: isStackCut),
                    in: space, into: &frames)
            }
        }
    }
}

/// Copies what it unwinds.
final class CopyingUnwinder: Unwinder {
    private let copies: SampleCopies
    private let unwinder = RowCacheUnwinder()

    init(_ copies: SampleCopies) {
        self.copies = copies
    }

    func unwind(_ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]) -> StackEnd {
        // SAFETY: what is captured is handed on as it came.
        unsafe copies.add(captured, in: space)
        return unsafe unwinder.unwind(captured, in: space, into: &frames)
    }
}
