import EnvlockCLI

@main
struct EnvlockProgram {
  static func main() async { await CommandLineProgram.main() }
}
