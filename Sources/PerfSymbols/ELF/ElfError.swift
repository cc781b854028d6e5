import PerfModel

/// Why a file cannot be read as an ELF image.
package enum ElfError: UserFacingError, Hashable {
    /// It does not start with an ELF header.
    case notElf
    /// It is a 32-bit image; `EI_CLASS` is the value.
    case unsupportedClass(UInt8)
    /// It is not little endian; `EI_DATA` is the value.
    case unsupportedByteOrder(UInt8)

    package var summary: String {
        switch self {
        case .notElf: "not an ELF image"
        case .unsupportedClass: "the ELF image is not a 64-bit image"
        case .unsupportedByteOrder: "the ELF image is not little endian"
        }
    }

    package var remedy: String? {
        switch self {
        case .notElf: "check that the file is a program or a shared library: file PATH"
        case .unsupportedClass, .unsupportedByteOrder: "only 64-bit little endian programs can be symbolized"
        }
    }
}
