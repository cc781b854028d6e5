import PerfSymbols

/// What unwinding has to know of a processor's registers, by their DWARF numbers.
///
/// x86-64 psABI, figure 3.36; DWARF for the Arm 64-bit Architecture (AADWARF64), section 4.1.
struct UnwindArchitecture: Equatable, Sendable {
    /// Registers below this number can be followed.
    let registerCount: Int
    /// The column of the return address.
    let returnAddress: Int
    let stackPointer: Int
    let framePointer: Int
    /// Registers that a call leaves as they were, without the stack pointer.
    let preserved: [Int]
    /// Whether return addresses may be signed, and `DW_CFA_AARCH64_negate_ra_state` says where they are.
    let hasSignedReturnAddresses: Bool

    // The architecture's own name.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    static let x86_64 = UnwindArchitecture(
        registerCount: UserRegisters.count, returnAddress: 16, stackPointer: 7, framePointer: 6,
        preserved: [3, 6, 12, 13, 14, 15], hasSignedReturnAddresses: false)
    static let aarch64 = UnwindArchitecture(
        registerCount: 32, returnAddress: 30, stackPointer: 31, framePointer: 29, preserved: Array(19...30),
        hasSignedReturnAddresses: true)

    /// Nil for machines whose stacks nobody here can follow.
    init?(_ machine: ElfImage.Machine) {
        switch machine {
        case .x86_64: self = .x86_64
        case .aarch64: self = .aarch64
        case .other: return nil
        }
    }

    private init(
        registerCount: Int, returnAddress: Int, stackPointer: Int, framePointer: Int, preserved: [Int],
        hasSignedReturnAddresses: Bool
    ) {
        self.registerCount = registerCount
        self.returnAddress = returnAddress
        self.stackPointer = stackPointer
        self.framePointer = framePointer
        self.preserved = preserved
        self.hasSignedReturnAddresses = hasSignedReturnAddresses
    }

    func isGeneral(_ register: UInt64) -> Bool { register < UInt64(registerCount) }

    /// A return address without its signature.
    ///
    /// Programs have addresses of 48 bits; memory beyond is given only to those that ask for it, and nobody asks for
    /// code there.
    static func withoutSignature(_ address: UInt64) -> UInt64 {
        address & 0x0000_FFFF_FFFF_FFFF
    }
}
