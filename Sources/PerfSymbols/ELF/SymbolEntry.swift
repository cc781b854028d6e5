/// An entry of a symbol table that names code.
struct SymbolEntry {
    var start: UInt64
    /// Address behind the last byte, inside the executable range that holds `start`.
    var end: UInt64
    /// Offset of the name in its string table.
    var name: UInt32
    /// Which string table.
    var table: UInt8
    /// Rank among names of the same address; the lowest is the name that people know.
    var rank: UInt8
    /// Whether the table gave no size, so that `end` is only a bound.
    var isUnsized: Bool

    /// Rank of a name: functions before labels, exported names before local ones, few underscores before many.
    ///
    /// glibc's `write` is also `__write` and the local `__GI___write`.
    static func rank(isFunction: Bool, isLocal: Bool, isWeak: Bool, underscores: Int) -> UInt8 {
        (isFunction ? 0 : 64) + (isLocal ? 32 : 0) + UInt8(min(underscores, 15)) * 2 + (isWeak ? 1 : 0)
    }
}
