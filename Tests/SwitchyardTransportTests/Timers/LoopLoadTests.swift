import NIOEmbedded
import SwitchyardCore
import Testing

@testable import SwitchyardTransport

/// A loop's load, with a clock that the test moves.
@Suite("How far a loop is behind")
struct LoopLoadTests {
    private let loop = EmbeddedEventLoop()
    private let clock = ManualClock()
    private let load: LoopLoad

    init() { load = LoopLoad(clock: clock.clock, eventLoop: loop, logger: nil) }

    /// One turn with so many commands, which takes that long behind the last of them; how many were taken on.
    @discardableResult
    private func turn(_ commands: Int = 1, taking milliseconds: Int64) -> Int {
        load.workBegins()
        let admitted = (0..<commands).count { _ in load.admitsCommand() }
        clock.advance(by: .milliseconds(milliseconds))
        loop.run()
        return admitted
    }

    @Test("Slow turns are absorbed for a twentieth of a second, then commands are refused")
    func standingQueue() {
        for _ in 0..<2 { #expect(turn(1_000, taking: 22) == 1_000) }
        #expect(!load.isBehind)
        turn(1_000, taking: 22)
        #expect(load.isBehind)
        #expect((630...660).contains(turn(1_000, taking: 22)))
    }

    @Test("One turn in time, or a pause, and the twentieth of a second begins anew", arguments: [true, false])
    func burst(withTurnInTime: Bool) {
        for _ in 0..<10 {
            for _ in 0..<2 { turn(taking: 22) }
            if withTurnInTime { turn(taking: 2) } else { clock.advance(by: .milliseconds(30)) }
        }
        #expect(!load.isBehind)
    }

    @Test("A turn that is a long one already takes on no more than the free ones")
    func longTurn() {
        load.workBegins()
        for _ in 0..<60 { #expect(load.admitsCommand()) }
        clock.advance(by: .milliseconds(26))
        load.workBegins()
        #expect((0..<1_000).count { _ in load.admitsCommand() } == 4)
        #expect(load.isBehind)
    }

    @Test("A few commands are taken on in every turn: a machine that is busy with other things is not overloaded")
    func busyMachine() {
        for _ in 0..<100 { #expect(turn(64, taking: 200) == 64) }
        #expect(load.isBehind)
        #expect(turn(200, taking: 1) < 100)
    }

    @Test("It has caught up when nothing was refused for a second")
    func catchesUp() {
        for _ in 0..<4 { turn(taking: 30) }
        turn(1_000, taking: 5)
        #expect(load.isBehind)
        for _ in 0..<200 { turn(taking: 5) }
        #expect(load.isBehind)
        turn(taking: 5)
        #expect(!load.isBehind)
    }

    @Test("It has caught up when it had nothing to do")
    func pauses() {
        for _ in 0..<4 { turn(taking: 30) }
        #expect(load.isBehind)
        clock.advance(by: .milliseconds(26))
        #expect(turn(1_000, taking: 5) == 1_000)
    }

    /// Senders that ask for `factor` times of what the loop can carry out, whatever they hear.
    ///
    /// What comes during one turn is read in the next. A command takes 40 µs, refusing it 4.
    @Test("Under a steady overload turns are short, and what is taken on fills them", arguments: [1.2, 2, 3, 8])
    func steadyOverload(factor: Double) {
        var spent = 0.0  // milliseconds
        var waiting = 100.0
        var lengths: [Double] = []
        var admitted = [Int](repeating: 0, count: 10)
        for round in 0..<2_000 {
            let commands = Int(waiting)
            var length = 0.0
            load.workBegins()
            for command in 0..<commands {
                let isAdmitted = load.admitsCommand()
                length += isAdmitted ? 0.04 : 0.004
                if round >= 1_000, isAdmitted { admitted[command % 10] += 1 }
            }
            length = max(length, 0.1)
            waiting += factor * 25 * length - Double(commands)
            let whole = Int64(spent + length) - Int64(spent)
            spent += length
            clock.advance(by: .milliseconds(whole))
            loop.run()
            if round >= 1_000 { lengths.append(length) }
        }
        let busy = lengths.reduce(0, +)
        #expect(lengths.sorted()[990] < 25)
        #expect(Double(admitted.reduce(0, +)) * 0.04 > 0.1 * busy)
        // Nobody is preferred for his place in the turn.
        #expect(Double(admitted.max() ?? 0) < 1.2 * Double(admitted.min() ?? 0))
    }

    @Test(
        "Only where refusing does not make turns short, or is the larger part, connections are closed, a few each turn"
    )
    func closesConnections() {
        for _ in 0..<4 { turn(taking: 30) }
        #expect(load.isBehind)
        #expect((0..<100).count { _ in load.closesConnection() } == 16)
        turn(1_000, taking: 20)
        #expect((0..<100).count { _ in load.closesConnection() } == 16)
        turn(70, taking: 30)
        #expect((0..<100).count { _ in load.closesConnection() } == 16)
        turn(70, taking: 20)
        #expect(!load.closesConnection())
    }
}
