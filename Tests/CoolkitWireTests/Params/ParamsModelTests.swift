import CoolkitWire
import NIOCore
import TestRandom
import Testing

/// Random merges, compared with the same rules written down over trees.
@Suite("Params against a model")
struct ParamsModelTests {
    @Test("Hundreds of random updates give what the model gives", arguments: 0..<12 as Range<UInt64>)
    func matchesModel(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var document = ParamsDocument()
        var model = JSONObject()
        for round in 0..<200 {
            let update = Self.update(using: &generator)
            let before = model
            for object in update.arrayValue ?? [update] { Self.merge(object.objectValue ?? [:], into: &model) }

            let hasChanged = try document.merge(update.buffer)

            let expected = JSON(model).text
            #expect(text(document.buffer) == expected, "seed \(seed), round \(round): \(update.text)")
            #expect(hasChanged == (JSON(before).text != expected), "seed \(seed), round \(round): \(update.text)")
            for key in model.keys { #expect(text(document.value(of: key)) == model[key]?.text) }
            guard text(document.buffer) == expected else { return }
        }
    }

    private static func merge(_ update: JSONObject, into model: inout JSONObject) {
        for (key, value) in update where key != "partnerApikey" && key != "sequence" {
            guard let new = outlets(value) else {
                model[key] = value
                continue
            }
            var stored = model[key].flatMap(outlets) ?? []
            for element in new {
                if let index = stored.firstIndex(where: { $0["outlet"]?.intValue == element["outlet"]?.intValue }) {
                    for (name, value) in element where name != "outlet" { stored[index][name] = value }
                } else {
                    stored.append(element)
                }
            }
            model[key] = .array(stored.map { .object($0) })
        }
    }

    private static func outlets(_ value: JSON) -> [JSONObject]? {
        guard let elements = value.arrayValue, !elements.isEmpty else { return nil }
        let objects = elements.compactMap(\.objectValue).filter { $0["outlet"]?.intValue != nil }
        return objects.count == elements.count ? objects : nil
    }

    private static func update(using generator: inout SeededGenerator) -> JSON {
        guard Int.random(in: 0..<8, using: &generator) > 0 else {
            return .array((0..<3).map { _ in object(using: &generator) })
        }
        return object(using: &generator)
    }

    private static func object(using generator: inout SeededGenerator) -> JSON {
        let names = ["switch", "rssi", "timers", "ключ", "a\"b", "partnerApikey", "sequence", "n\n"]
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let scalars: [JSON] = ["on", "off", 1, nil, true, ["x": [1, 2]], [], [["at": "z"]], "x \\ y"]
            object[generator.pick(names)] = generator.pick(scalars)
        }
        if Bool.random(using: &generator) {
            object[generator.pick(["switches", "pulses"])] = .array(
                (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    let outlets: [JSON] = [0, 1, 2, "1", "x"]
                    return ["switch": generator.pick(["on", "off"]), "outlet": generator.pick(outlets)]
                }
            )
        }
        return .object(object)
    }
}
