/// Small programs that are compiled when the tests run, so that the real compilers' output is what is tested.
enum Fixtures {
    static let c = """
        #include <stdlib.h>
        static inline __attribute__((always_inline)) int leaf(int value) {
            volatile int copy = value;
            return copy * 3;
        }
        static inline __attribute__((always_inline)) int middle(int value) {
            int sum = 0;
            for (int i = 0; i < value; i++)
                sum += leaf(i) + leaf(value);
            return sum;
        }
        __attribute__((noinline)) int outer(int value) {
            return middle(value) + leaf(value);
        }
        __attribute__((noinline)) static int hidden(int value) { return outer(value) + 1; }
        int main(int count, char **arguments) {
            (void)arguments;
            return hidden(count) == 42 ? EXIT_FAILURE : EXIT_SUCCESS;
        }

        """

    static let swift = """
        struct Point: Hashable { var x: Int; var y: Int }
        @inline(__always) func square(_ value: Int) -> Int { value &* value }
        @inline(never) func distance(_ points: [Point]) -> Int {
            points.map { square($0.x) &+ square($0.y) }.reduce(0, &+)
        }
        @inline(never) func unique(_ points: [Point]) -> Set<Point> { Set(points) }
        final class Box<T> { var value: T; init(_ value: T) { self.value = value } }
        @inline(never) func boxed<T>(_ value: T) -> Box<T> { Box(value) }
        func slow(_ value: Int) async -> Int { await Task.yield(); return square(value) }
        func sum() async -> Int { var total = 0; for i in 0..<3 { total += await slow(i) }; return total }
        @main enum Main {
            static func main() async {
                let points = (0..<CommandLine.arguments.count * 10).map { Point(x: $0, y: $0 + 1) }
                print(distance(points), unique(points).count, boxed(points).value.count, await sum())
            }
        }

        """

    /// Compiles C source and returns the path of the program.
    static func compileC(
        _ source: String = c, flags: [String], in directory: TemporaryDirectory, name: String = "program"
    ) throws -> String {
        try directory.write(Array(source.utf8), to: "\(name).c")
        let output = "\(directory.path)/\(name)"
        try Toolchain.run(["clang", "\(output).c", "-o", output] + flags)
        return output
    }

    static func compileSwift(flags: [String], in directory: TemporaryDirectory) throws -> String {
        try directory.write(Array(swift.utf8), to: "program.swift")
        let output = "\(directory.path)/program"
        try Toolchain.run(["swiftc", "-parse-as-library", "\(output).swift", "-o", output] + flags)
        return output
    }
}
