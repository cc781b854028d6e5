import PerfModel

/// One frame of an unwound stack.
package struct UnwoundFrame: Hashable, Sendable {
    /// The address to look up: the ip of leaf and interrupted frames, the return address - 1 of callers.
    package var address: CodeAddress
    /// Index into `AddressSpace.regions`; -1 when no region holds the address.
    package var region: Int32
    /// Found by reading code or along frame pointers, or called by such a frame, not by unwind information.
    package var isGuess: Bool

    package init(address: CodeAddress, region: Int32, isGuess: Bool) {
        self.address = address
        self.region = region
        self.isGuess = isGuess
    }
}

/// Why an unwound stack ends where it does.
package enum StackEnd: Hashable, Sendable {
    /// It reaches main, the thread's start or the process's entry.
    case root
    /// The copy of the stack ran out.
    case truncated
    /// It ends in the middle of nowhere.
    case unrooted
}

/// Turns captured stacks into frames; one instance per thread.
package protocol Unwinder: AnyObject {
    /// Replaces `frames` by the frames of a captured stack, leaf first.
    func unwind(_ captured: CapturedStack, in space: AddressSpace, into frames: inout [UnwoundFrame]) -> StackEnd

    /// Stacks that needed libunwind, which is not installed.
    var withoutLibunwindCount: UInt64 { get }
}

extension Unwinder {
    package var withoutLibunwindCount: UInt64 { 0 }
}
