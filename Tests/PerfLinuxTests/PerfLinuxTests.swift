import PerfLinux
import Testing
