import Dispatch
import Synchronization
import Testing

@testable import SwitchyardCore

@Suite("Queue of passwords")
struct HashQueueTests {
    /// Jobs with names; the first waits until it is let go, so that the others pile up behind it.
    private final class Scene: Sendable {
        let queue: HashQueue
        private let gate = DispatchSemaphore(value: 0)
        private let log = Mutex<(served: [String], refused: [String])>(([], []))
        private let ended = DispatchSemaphore(value: 0)

        init(limit: Int) {
            queue = HashQueue(limit: limit)
            let begun = DispatchSemaphore(value: 0)
            queue.enter(
                HashQueue.Job(
                    run: {
                        begun.signal()
                        self.gate.wait()
                    },
                    refuse: {}
                ),
                in: .own
            )
            begun.wait()
        }

        func enter(_ name: String, _ lane: String, isFirst: Bool = false) {
            queue.enter(
                HashQueue.Job(
                    run: {
                        self.log.withLock { $0.served.append(name) }
                        self.ended.signal()
                    },
                    refuse: {
                        self.log.withLock { $0.refused.append(name) }
                        self.ended.signal()
                    }
                ),
                in: HashPlace(lane: lane, isFirst: isFirst)
            )
        }

        /// Lets the first go, and waits until each of the others was served or refused.
        func end(_ count: Int) -> (served: [String], refused: [String]) {
            gate.signal()
            for _ in 0..<count { ended.wait() }
            return log.withLock { $0 }
        }
    }

    @Test("Networks take turns")
    func takesTurns() {
        let scene = Scene(limit: 100)
        for index in 1...5 { scene.enter("a\(index)", "a") }
        scene.enter("b1", "b")
        scene.enter("c1", "c")
        scene.enter("c2", "c")

        let result = scene.end(8)

        #expect(result.served == ["a1", "b1", "c1", "a2", "c2", "a3", "a4", "a5"])
        #expect(result.refused.isEmpty)
    }

    @Test("Who is known goes first, and a stranger has his turn after three of them")
    func knownFirst() {
        let scene = Scene(limit: 100)
        for index in 1...3 { scene.enter("s\(index)", "s") }
        for index in 1...7 { scene.enter("k\(index)", "k", isFirst: true) }

        let result = scene.end(10)

        #expect(result.served == ["k1", "k2", "k3", "s1", "k4", "k5", "k6", "s2", "k7", "s3"])
    }

    @Test("In a full queue the network that has most makes room for one that has less, not for itself")
    func makesRoom() {
        let scene = Scene(limit: 5)
        for index in 1...5 { scene.enter("flood\(index)", "flood") }
        scene.enter("honest", "honest")
        scene.enter("flood6", "flood")

        let result = scene.end(7)

        #expect(result.served == ["flood1", "honest", "flood2", "flood3"])
        #expect(result.refused == ["flood5", "flood4", "flood6"])
    }

    @Test("In a queue full of strangers from everywhere there is room for whoever is known")
    func makesRoomForKnown() {
        let scene = Scene(limit: 5)
        for index in 1...6 { scene.enter("s\(index)", "network \(index)") }
        for index in 1...2 { scene.enter("k\(index)", "home", isFirst: true) }

        let result = scene.end(8)

        #expect(result.served.prefix(2) == ["k1", "k2"])
        #expect(result.served.count == 4)
        #expect(result.refused.contains("s5") || result.refused.contains("s6"))
        #expect(result.refused.allSatisfy { $0.hasPrefix("s") })
    }
}
