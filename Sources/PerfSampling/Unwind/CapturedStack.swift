/// What a sampler copied from a thread at one moment: all that an unwinder gets to see of its stack.
///
/// The memory stays the sampler's; it is valid during one call of `Unwinder.unwind`.
@unsafe package struct CapturedStack {
    package var registers: UserRegisters
    /// The bytes of [sp, sp + count).
    package var stack: UnsafeRawBufferPointer
    /// The user part of the kernel's frame-pointer chain, leaf first, the leaf being the ip; may be empty.
    package var callchain: UnsafeBufferPointer<UInt64>
    /// The dump is as long as was asked for, so the stack may go on behind it.
    package var isStackCut: Bool

    package init(
        registers: UserRegisters, stack: UnsafeRawBufferPointer, callchain: UnsafeBufferPointer<UInt64>,
        isStackCut: Bool
    ) {
        unsafe self.registers = registers
        unsafe self.stack = stack
        unsafe self.callchain = callchain
        unsafe self.isStackCut = isStackCut
    }
}
