import PerfModel

/// Why the heap of a program cannot be walked.
package enum GlibcHeapError: UserFacingError, Hashable {
    case noCLibrary
    case otherAllocator(name: String)
    case unknownLayout(library: String)

    package var summary: String {
        switch self {
        case .noCLibrary: "the program has no glibc: its heap is laid out in a way that is not known here"
        case .otherAllocator(let name):
            "the program allocates with \(name.printable), whose heap is laid out in a way that is not known here"
        case .unknownLayout(let library):
            "the heap of \(library.printable) is laid out in a way that is not known here (known: glibc 2.28 to 2.41)"
        }
    }

    package var remedy: String? {
        switch self {
        case .noCLibrary:
            "record it from its start, if it uses malloc of a shared library: perfdoctor heap --leaks -- CMD"
        case .otherAllocator, .unknownLayout:
            "record it from its start, which needs no layout: perfdoctor heap --leaks -- COMMAND"
        }
    }
}
