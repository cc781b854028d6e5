import PerfCommands

@main
enum Main {
    static func main() {
        Perfdoctor.runAndExit()
    }
}
