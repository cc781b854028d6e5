import PerfReports
import Testing
