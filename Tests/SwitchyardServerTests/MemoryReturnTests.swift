import Testing

@testable import SwitchyardServer

@Suite("Memory of those who have left")
struct MemoryReturnTests {
    private func returns(_ counts: Int...) -> [Bool] {
        var crowd = MemoryReturn.Crowd()
        return counts.map { crowd.hasLeft(connections: $0) }
    }

    @Test("It is returned once when a crowd has left, however slowly")
    func crowd() {
        #expect(returns(5_000, 4_000, 3_000, 2_500, 0, 0) == [false, false, false, true, true, false])
        #expect(returns(300, 200, 44, 0) == [false, false, true, false])
    }

    @Test("A few who leave, and a part of many, are not worth it")
    func few() {
        #expect(returns(255, 0, 255, 0) == [false, false, false, false])
        #expect(returns(5_000, 2_501, 5_000, 2_501) == [false, false, false, false])
    }

    @Test("The next crowd is another one")
    func again() {
        #expect(returns(1_000, 0, 1_000, 0) == [false, true, false, true])
    }
}
