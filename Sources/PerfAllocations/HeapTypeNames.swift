/// Names the type of a block by its first word, while the process lives.
package protocol HeapTypeNames {
    /// The type whose objects begin with that word; nil for a word that begins no object.
    mutating func name(ofFirstWord word: UInt64) -> String?
    /// Forgets what may have changed while the process ran; names stay.
    mutating func refresh()
}
