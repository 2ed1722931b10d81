import CoolkitWire
import NIOCore

extension FuzzTarget {
    /// Each line is merged into the params of one device.
    ///
    /// What is stored is always one compact object that says the same when it is loaded again.
    static let params = FuzzTarget(name: "params", maximumBytes: 4_096) { bytes in
        var document = ParamsDocument()
        for line in bytes.split(separator: UInt8(ascii: "\n")).prefix(8) {
            try MergeCheck(update: ByteBuffer(bytes: line)).merge(into: &document)
        }
    }
}

/// One merge, and what has to hold of it.
private struct MergeCheck {
    let update: ByteBuffer

    func merge(into document: inout ParamsDocument) throws {
        let before = document
        let hasChanged: Bool
        do throws(ParamsError) {
            hasChanged = try document.merge(update)
        } catch {
            try require(document == before, "a refused update changed something")
            return try require(error == .tooLarge || objects == nil, "a good update was refused")
        }
        try require(hasChanged == (document != before), "it says changed: \(hasChanged)")
        try checkStored(document)
        var again = document
        try require(!(try again.merge(update)), "merged twice: \(document.buffer.text), then \(again.buffer.text)")
        try checkMeaning(document, before)
        try checkCompletion(of: document)
    }

    private func checkStored(_ document: ParamsDocument) throws {
        try require(document.bytes.count <= ParamsDocument.maximumBytes, "\(document.bytes.count) bytes are stored")
        let loaded = try ParamsDocument(bytes: document.bytes)
        try require(loaded.bytes == document.bytes, "loaded again it is \(loaded.buffer.text)")
        guard let tree = try? JSON(parsing: document.buffer), let object = tree.objectValue else {
            return try require(!document.buffer.isUTF8, "what is stored is no JSON: \(document.buffer.text)")
        }
        for (name, value) in object {
            let stored = try require(document.value(of: name), "\(name) is not found")
            try require(try JSON(parsing: stored) == value, "\(name) is \(stored.text)")
        }
    }

    /// The same merge over trees, as `uiid-catalogue.md` §2 says it.
    private func checkMeaning(_ document: ParamsDocument, _ before: ParamsDocument) throws {
        guard let objects, var model = (try? JSON(parsing: before.buffer))?.objectValue else { return }
        for object in objects {
            for (name, value) in object where name != "partnerApikey" && name != "sequence" {
                model[name] = Self.merged(model[name], value)
            }
        }
        let result = try JSON(parsing: document.buffer)
        try require(result == .object(model), "merged \(result.text), expected \(JSON.object(model).text)")
    }

    private static func merged(_ stored: JSON?, _ value: JSON) -> JSON {
        guard let new = outlets(value) else { return value }
        var elements = stored.flatMap(outlets) ?? []
        for element in new {
            let number = element["outlet"]?.intValue
            guard let index = elements.firstIndex(where: { $0["outlet"]?.intValue == number }) else {
                elements.append(element)
                continue
            }
            for (name, value) in element where name != "outlet" { elements[index][name] = value }
        }
        return .array(elements.map { .object($0) })
    }

    private static func outlets(_ value: JSON) -> [JSONObject]? {
        guard let elements = value.arrayValue, !elements.isEmpty else { return nil }
        let objects = elements.compactMap(\.objectValue).filter { $0["outlet"]?.intValue != nil }
        return objects.count == elements.count ? objects : nil
    }

    /// A completed command is JSON, and has all that is stored.
    private func checkCompletion(of document: ParamsDocument) throws {
        guard document.buffer.isUTF8, objects != nil, let completed = document.completingSwitches(update) else {
            return
        }
        let tree = try JSON(parsing: completed)
        let stored = try JSON(parsing: document.buffer)["switches"]?.arrayValue ?? []
        let outlets = Set((tree["switches"]?.arrayValue ?? []).map { $0["outlet"]?.intValue })
        try require(stored.allSatisfy { outlets.contains($0["outlet"]?.intValue) }, "an outlet is missing")
    }

    /// The objects that the update consists of; nil when it is malformed.
    private var objects: [JSONObject]? {
        guard let tree = try? JSON(parsing: update) else { return nil }
        if let object = tree.objectValue { return [object] }
        guard let elements = tree.arrayValue else { return nil }
        let objects = elements.compactMap(\.objectValue)
        return objects.count == elements.count ? objects : nil
    }
}

extension ByteBuffer {
    var text: String { String(buffer: self) }
    fileprivate var isUTF8: Bool { String(validating: readableBytesView, as: UTF8.self) != nil }
}
