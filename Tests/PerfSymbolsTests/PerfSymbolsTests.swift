import PerfSymbols
import Testing
