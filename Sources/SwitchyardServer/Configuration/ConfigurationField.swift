import CoolkitWire
import SwitchyardCore

/// One setting: its key, how it is read from text and printed, and what the documentation says about it.
///
/// Every source gives text (a list gives several), so that a setting is read in one way wherever it comes from.
struct ConfigurationField: Sendable {
    /// Dotted path in the file: `listeners.public.port`.
    let key: String
    /// What the setting does, for people.
    let summary: String
    /// The values it takes: `on or off`, `1…100 000`.
    let form: String
    /// The key of the file holds a list; the environment variable separates by comma.
    let isList: Bool
    /// Puts the value in its place, or says what is wrong with it.
    let apply: @Sendable (_ texts: [String], _ configuration: inout ServerConfiguration) throws(Rejection) -> Void
    /// The value as it is printed and could be read back.
    let value: @Sendable (ServerConfiguration) -> ConfigurationValue

    /// What is wrong with a value: completes "X is 'value', …".
    struct Rejection: Error {
        let problem: String
    }

    /// The name of the environment variable: `SWITCHYARD_LISTENERS_PUBLIC_PORT`.
    var environmentVariable: String {
        var name = "SWITCHYARD_"
        var previous: Character = "_"
        for character in key {
            if character.isUppercase, previous.isLowercase { name.append("_") }
            name.append(character == "." ? "_" : Character(character.uppercased()))
            previous = character
        }
        return name
    }
}

/// A setting's value as it is printed.
package enum ConfigurationValue: Hashable, Sendable {
    case flag(Bool)
    case integer(Int)
    case text(String)
    case list([String])
}

extension ConfigurationField {
    typealias Path<Value> = WritableKeyPath<ServerConfiguration, Value> & Sendable

    /// A setting of one value that has a text form.
    static func single<Value>(
        _ key: String,
        _ path: any Path<Value>,
        form: String,
        _ summary: String,
        parse: @escaping @Sendable (String) -> Value?,
        print: @escaping @Sendable (Value) -> ConfigurationValue
    ) -> ConfigurationField {
        ConfigurationField(
            key: key,
            summary: summary,
            form: form,
            isList: false,
            apply: { texts, configuration throws(Rejection) in
                guard let text = texts.first, texts.count == 1, let value = parse(text) else {
                    throw Rejection(problem: "expected: \(form)")
                }
                configuration[keyPath: path] = value
            },
            value: { print($0[keyPath: path]) }
        )
    }

    /// A setting that is on or off.
    static func flag(_ key: String, _ path: any Path<Bool>, _ summary: String) -> ConfigurationField {
        single(key, path, form: "`true` or `false`", summary, parse: flag(_:), print: { .flag($0) })
    }

    /// A whole number.
    static func integer(
        _ key: String,
        _ path: any Path<Int>,
        _ range: ClosedRange<Int>,
        _ summary: String
    ) -> ConfigurationField {
        single(
            key,
            path,
            form: "\(range.lowerBound) to \(range.upperBound)",
            summary,
            parse: { integer($0, in: range) },
            print: { .integer($0) }
        )
    }

    /// A duration with a unit.
    static func duration(
        _ key: String,
        _ path: any Path<Duration>,
        _ range: ClosedRange<Duration>,
        _ summary: String
    ) -> ConfigurationField {
        single(
            key,
            path,
            form: "\(DurationText.print(range.lowerBound)) to \(DurationText.print(range.upperBound))",
            summary,
            parse: { DurationText.parse($0).flatMap { range.contains($0) ? $0 : nil } },
            print: { .text(DurationText.print($0)) }
        )
    }

    /// A duration with a unit, or `off`.
    static func duration(
        _ key: String,
        _ path: any Path<Duration?>,
        _ range: ClosedRange<Duration>,
        step: Duration? = nil,
        _ summary: String
    ) -> ConfigurationField {
        let lower = DurationText.print(range.lowerBound)
        return single(
            key,
            path,
            form: "`off`, or \(lower) to \(DurationText.print(range.upperBound))",
            summary,
            parse: { text -> Duration?? in
                if isOff(text) { return .some(nil) }
                guard let duration = DurationText.parse(text), range.contains(duration) else { return nil }
                if let step, duration.wholeMilliseconds % step.wholeMilliseconds != 0 { return nil }
                return .some(duration)
            },
            print: { .text($0.map(DurationText.print) ?? "off") }
        )
    }

    /// One of the cases of an enumeration.
    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String,
        _ path: any Path<Value>,
        _ summary: String
    ) -> ConfigurationField {
        single(
            key,
            path,
            form: Value.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", "),
            summary,
            parse: { Value(rawValue: $0) },
            print: { .text($0.rawValue) }
        )
    }

    /// A value that the server works out when it is `auto`.
    static func automatic<Value: Sendable>(
        _ key: String,
        _ path: any Path<Value?>,
        form: String,
        _ summary: String,
        parse: @escaping @Sendable (String) -> Value?,
        print: @escaping @Sendable (Value) -> ConfigurationValue
    ) -> ConfigurationField {
        single(
            key,
            path,
            form: "`auto`, or \(form)",
            summary,
            parse: { text -> Value?? in text == "auto" ? .some(nil) : parse(text).map { .some($0) } },
            print: { $0.map(print) ?? .text("auto") }
        )
    }

    /// A list whose elements have a text form.
    static func list<Element: CustomStringConvertible & Sendable>(
        _ key: String,
        _ path: any Path<[Element]>,
        element: String,
        examples: String,
        _ summary: String,
        parse: @escaping @Sendable (String) -> Element?
    ) -> ConfigurationField {
        ConfigurationField(
            key: key,
            summary: summary,
            form: "list of \(element), such as \(examples)",
            isList: true,
            apply: { texts, configuration throws(Rejection) in
                var elements: [Element] = []
                for text in texts {
                    guard let element = parse(text) else {
                        throw Rejection(problem: "'\(text)' is none of the \(element) such as \(examples)")
                    }
                    elements.append(element)
                }
                configuration[keyPath: path] = elements
            },
            value: { .list($0[keyPath: path].map(\.description)) }
        )
    }

    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    static func integer(_ text: String, in range: ClosedRange<Int>) -> Int? {
        guard let number = Int(text.filter { $0 != "_" }), range.contains(number) else { return nil }
        return number
    }

    private static func isOff(_ text: String) -> Bool {
        ["off", "none", "false", "no"].contains(text.lowercased())
    }
}
