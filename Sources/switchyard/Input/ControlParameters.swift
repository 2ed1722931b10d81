import ArgumentParser
import CoolkitWire

/// The `params` of `device control`, from `switch=on`, `switches.0=on` or a JSON text.
enum ControlParameters {
    /// Puts assignments together.
    ///
    /// A value is JSON when it is valid JSON of another kind than a string (`brightness=50`, `on=true`), else text.
    /// `switches.OUTLET=VALUE` becomes an element of `switches`. Source: `uiid-catalogue.md` §4, the channels of uiid 4.
    static func parse(_ assignments: [String]) throws -> JSON {
        var params = JSONObject()
        for assignment in assignments {
            guard let separator = assignment.firstIndex(of: "="), separator != assignment.startIndex else {
                throw ValidationError("'\(assignment)' is not of the form KEY=VALUE.")
            }
            let key = String(assignment[..<separator])
            let value = value(String(assignment[assignment.index(after: separator)...]))
            guard key.hasPrefix("switches.") else {
                params[key] = value
                continue
            }
            guard let outlet = Int(key.dropFirst("switches.".count)), (0...31).contains(outlet) else {
                throw ValidationError("'\(key)' does not name an outlet; write switches.0=on.")
            }
            let element: JSON = ["switch": value, "outlet": JSON(outlet)]
            let others = (params["switches"]?.arrayValue ?? []).filter { $0["outlet"]?.intValue != outlet }
            params["switches"] = JSON(others + [element])
        }
        return JSON(params)
    }

    /// Takes `params` as JSON text; must be an object.
    static func parse(json text: String) throws -> JSON {
        guard let json = try? JSON(parsing: text), json.objectValue?.isEmpty == false else {
            throw ValidationError("--params is not a JSON object with members.")
        }
        return json
    }

    private static func value(_ text: String) -> JSON {
        // What is no JSON is the text itself; that is the rule, not an error.
        guard let json = try? JSON(parsing: text), json.stringValue == nil else { return JSON(text) }
        return json
    }
}
