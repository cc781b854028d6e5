/// An address in the memory of a running process (or of the kernel).
package struct CodeAddress: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (left: CodeAddress, right: CodeAddress) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// An offset in bytes from the start of a file.
package struct FileOffset: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (left: FileOffset, right: FileOffset) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// An address as the linker assigned it inside an ELF image (`p_vaddr`, `st_value`, DWARF addresses).
package struct ImageAddress: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (left: ImageAddress, right: ImageAddress) -> Bool {
        left.rawValue < right.rawValue
    }
}
