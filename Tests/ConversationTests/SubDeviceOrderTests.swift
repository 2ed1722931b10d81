import CoolkitWire
import TestSupport
import Testing

/// A gateway that does not wait for the answer to its list.
///
/// Source: `coolkit-websocket.md` §5 (exactly one answer to each action); `design.md` §5 (in the order of the requests).
@Suite struct SubDeviceOrderTests {
    @Test("What a gateway says of a sub-device right behind the list that names it is heard, in order")
    func behindTheList() async throws {
        try await withStage { stage in
            let gateway = try await TestPeer.device(of: stage)
            defer { gateway.abort() }
            let messages =
                [#"{"action":"reportSubDevice","d_seq":0,"params":[{"deviceid":"a480000001"}]}"#]
                + (1...20).map { number in
                    let id = number % 5 == 0 ? Stage.deviceID : "a480000001"
                    return #"{"action":"update","deviceid":"\#(id)","d_seq":\#(number),"params":{"n":\#(number)}}"#
                }

            // In one write, so that the server reads all of them at once.
            try await gateway.sendRaw(messages.flatMap { MaskedFrame.text($0) })

            for number in 0...20 {
                let answer = try JSON(parsing: await gateway.nextText())
                #expect(answer["d_seq"]?.intValue == number)
                #expect(answer["error"] == 0)
            }
        }
    }

    @Test("More than 32 messages do not wait for a list; the others are taken as they come")
    func bounded() async throws {
        try await withStage { stage in
            let gateway = try await TestPeer.device(of: stage)
            defer { gateway.abort() }
            let messages =
                [#"{"action":"reportSubDevice","d_seq":0,"params":[{"deviceid":"a480000001"}]}"#]
                + (1...40).map { #"{"action":"date","deviceid":"a480000002","d_seq":\#($0)}"# }

            try await gateway.sendRaw(messages.flatMap { MaskedFrame.text($0) })

            var answered: Set<Int> = []
            for _ in 0...40 { answered.insert(try JSON(parsing: await gateway.nextText())["d_seq"]?.intValue ?? -1) }
            #expect(answered == Set(0...40))
        }
    }
}
