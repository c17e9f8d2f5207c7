import SpoolFiles
import SystemPackage
import TestSupport
import Testing

@testable import Pipeline

struct YtDlpTests {
    @Test func progressLinesAreRead() throws {
        let progress = try #require(YtDlp.progress(from: "SPOOL 1024 NA 4096.0 512.5 6 3 12"))
        #expect(progress.done == 1024)
        #expect(progress.total == 4096)
        #expect(progress.speed == 512.5)
        #expect(progress.eta == 6)
        #expect(progress.fragment == 3)
        #expect(progress.fragments == 12)
        #expect(YtDlp.progress(from: "[download] 5 %") == nil)
    }
}
