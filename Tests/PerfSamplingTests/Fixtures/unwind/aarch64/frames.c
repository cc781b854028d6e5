/* Functions with the frames that compilers make on aarch64; nothing here runs. */
long leaf(long a) { return a * 3; }
extern long (*hook)(long, ...);
long (*hook)(long, ...);

long calls(long a) { return hook(a) + leaf(a); }

long keeps(long a, long b, long c, long d, long e) {
    long f = hook(a), g = hook(b), h = hook(c), i = hook(d), j = hook(e);
    return hook(f, g, h, i, j, a, b, c, d, e) + f + g + h + i + j + a + b + c + d + e;
}

double keepsVectors(double a, double b) { return hook((long)a) + a * hook((long)b) + b; }

long large(long a) {
    volatile char block[40000];
    block[a] = 1;
    return hook(a) + block[a + 1];
}

long variable(long a) {
    volatile char block[a];
    block[a / 2] = 1;
    return hook(a) + block[a / 3];
}

long early(long a) {
    if (a > 7) return a;
    long b = hook(a);
    return hook(b) + a;
}

void ends(long a) {
    hook(a);
    __builtin_trap();
}
