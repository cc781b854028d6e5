/// The general registers of a thread in user mode, by their DWARF numbers (x86-64 psABI, figure 3.36).
package struct UserRegisters: Sendable {
    package enum Register: Int, Sendable {
        case rax, rdx, rcx, rbx, rsi, rdi, rbp, rsp
        case r8, r9, r10, r11, r12, r13, r14, r15
        case rip
    }

    /// How many registers there are.
    package static let count = 17

    private var values = InlineArray<17, UInt64>(repeating: 0)

    package init() {}

    /// The values that perf delivers for the register mask 0xff0fff, in ascending bit order.
    ///
    /// AX BX CX DX SI DI BP SP IP FLAGS CS SS R8...R15; nil unless there are 20.
    package init?(perf raw: some Collection<UInt64>) {
        guard raw.count == Self.perfOrder.count else { return nil }
        for (register, value) in zip(Self.perfOrder, raw) {
            guard let register else { continue }
            self[register] = value
        }
    }

    package subscript(register: Register) -> UInt64 {
        get { values[register.rawValue] }
        set { values[register.rawValue] = newValue }
    }

    /// By DWARF number, which must be below `count`.
    package subscript(number: Int) -> UInt64 {
        get { values[number] }
        set { values[number] = newValue }
    }

    package var ip: UInt64 {
        get { self[.rip] }
        set { self[.rip] = newValue }
    }

    package var sp: UInt64 {
        get { self[.rsp] }
        set { self[.rsp] = newValue }
    }

    /// Flags and segments have no place in a stack walk.
    private static let perfOrder: [Register?] = [
        .rax, .rbx, .rcx, .rdx, .rsi, .rdi, .rbp, .rsp, .rip, nil, nil, nil,
        .r8, .r9, .r10, .r11, .r12, .r13, .r14, .r15,
    ]
}
