/// Frames of hardware interrupts: the kernel's work for a device or another CPU, in whatever program runs just then.
///
/// Their time says nothing about the function that they stand below, and it comes in bursts: one recording has 4% of it,
/// the next of the same program none. So they are compared neither as that function's nor as the program's.
enum InterruptFrames {
    /// Whether a frame is the entry of an interrupt.
    ///
    /// Exceptions that the program itself causes, as page faults are, are its own.
    static func isEntry(_ frame: ProfileView.Frame) -> Bool {
        guard frame.kind == .function, frame.module.hasPrefix("[kernel") || frame.module.hasPrefix("[guest.kernel")
        else { return false }
        return names.contains(frame.name) || prefixes.contains { frame.name.hasPrefix($0) }
    }

    /// Linux's entry code: x86 (arch/x86/include/asm/idtentry.h), arm64 (arch/arm64/kernel/entry.S).
    private static let prefixes = ["asm_sysvec_", "sysvec_", "asm_common_interrupt", "el0t_64_irq", "el1h_64_irq"]
    private static let names: Set<String> = [
        "common_interrupt", "asm_spurious_interrupt", "ret_from_intr", "do_IRQ", "apic_timer_interrupt",
        "reschedule_interrupt", "call_function_single_interrupt", "call_function_interrupt", "el0_irq", "el1_irq",
        "el0_interrupt", "el1_interrupt", "irq_exit_rcu", "__irq_exit_rcu", "handle_softirqs", "__do_softirq",
    ]
}
