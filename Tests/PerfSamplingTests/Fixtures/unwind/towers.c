// Known call structure without any library: _start -> run -> move -> ... -> move -> spin.
static volatile long sink;
__attribute__((noinline)) static void spin(long count) {
    for (long index = 0; index < count; index++) sink += index % 7;
}
__attribute__((noinline)) static long move(int depth, long seed) {
    volatile long kept[3] = {seed, depth, seed};
    if (depth == 0) {
        spin(20000);
        return kept[0];
    }
    if (depth % 5 == 4) return kept[1];
    return move(depth - 1, seed + 1) + kept[depth % 3];
}
__attribute__((noinline)) static long run(void) {
    long sum = 0;
    for (int round = 0; round < 20000; round++) sum += move(3, round);
    return sum;
}
__attribute__((used, noreturn)) void entry(void) {
    long status = run() == 1;
    __asm__ volatile("syscall" : : "a"(60), "D"(status) : "rcx", "r11", "memory");
    __builtin_unreachable();
}
__asm__(".globl _start\n.type _start, @function\n_start:\n.cfi_startproc\n.cfi_undefined rip\nxor %ebp, %ebp\n"
        "call entry\nhlt\n.cfi_endproc\n.size _start, . - _start\n");
