import SwitchyardCore
import Testing

@testable import SwitchyardHub

@Suite("Frames that say nothing")
struct FrameAllowanceTests {
    /// How many of so many frames are borne at one moment.
    private func borne(of count: Int, by allowance: inout FrameAllowance, at milliseconds: Int64) -> Int {
        var borne = 0
        for _ in 0..<count where allowance.take(at: MonotonicTime(milliseconds: milliseconds)) { borne += 1 }
        return borne
    }

    @Test("A thousand may come at once, then ten a second", arguments: [0, 5_000_000] as [Int64])
    func burstAndRate(start: Int64) {
        var allowance = FrameAllowance.ofEmptyFrames

        let atOnce = borne(of: 1_001, by: &allowance, at: start)
        let later = borne(of: 3, by: &allowance, at: start + 300)

        #expect(atOnce == 1_000)
        // The one too many has been counted as well.
        #expect(later == 2)
    }

    @Test("One in a tenth of a second may come for ever, and silence gives back the thousand")
    func steady() {
        var allowance = FrameAllowance.ofEmptyFrames

        var steadily = 0
        for index in 0..<5_000 { steadily += borne(of: 1, by: &allowance, at: Int64(index) * 100) }
        let afterSilence = borne(of: 1_001, by: &allowance, at: 4_000_000)

        #expect(steadily == 5_000)
        #expect(afterSilence == 1_000)
    }
}
