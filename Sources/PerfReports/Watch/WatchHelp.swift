/// What the keys of a watcher do.
enum WatchHelp {
    static let lines: [ScreenLine] =
        [ScreenLine("Keys", .strong)]
        + [
            ("j k, arrows", "choose a process; g G first and last, PgUp PgDn ten at a time"),
            ("Enter", "open it: its threads, what they wait for, its time"),
            ("d", "profile it for two seconds: its hottest functions"),
            ("Esc", "back"),
            ("c m i f w", "sort by CPU, memory, I/O, major faults, waits for a CPU; s next"),
            ("p, space", "pause the screen; what happens meanwhile is kept"),
            ("S", "save the diagnosis as JSON in this directory"),
            ("Ctrl-L", "draw the screen anew"),
            ("q", "quit"),
        ].map { key, text in
            var line = ScreenLine("  \(key.padded(to: 13))", .strong)
            line.add(text)
            return line
        }
        + [
            "",
            "The verdict is over the last windows, three at least; lines show a minute.",
            "Stalls: part of the time in which somebody waited for CPU, memory or I/O (PSI).",
            "%wait: threads were ready and had no CPU. What is not known is -, never 0:",
            "waits and I/O are seen of the busiest processes, and of the one that is open.",
        ].map { ScreenLine($0, .faint) }
}
