import PerfCommands
import Testing
