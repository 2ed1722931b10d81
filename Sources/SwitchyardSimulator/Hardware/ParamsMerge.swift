import CoolkitWire

extension JSONObject {
    /// Takes in `incoming` and gives back the members that differ from before, with their new values.
    ///
    /// Names replace; arrays whose elements have an `outlet` merge by it. `partnerApikey` and `sequence` are not kept.
    /// Source: `uiid-catalogue.md` §2.
    mutating func merge(_ incoming: JSONObject) -> JSONObject {
        var changed = JSONObject()
        for (key, value) in incoming where key != "partnerApikey" && key != "sequence" {
            let merged = Self.merged(self[key], value)
            guard merged != self[key] else { continue }
            self[key] = merged
            changed[key] = merged
        }
        return changed
    }

    private static func merged(_ old: JSON?, _ new: JSON) -> JSON {
        guard case .array(let news) = new, !news.isEmpty, news.allSatisfy({ $0["outlet"] != nil }),
            case .array(var elements)? = old
        else { return new }
        for element in news {
            guard let place = elements.firstIndex(where: { $0["outlet"]?.intValue == element["outlet"]?.intValue }),
                case .object(var known) = elements[place], case .object(let members) = element
            else {
                elements.append(element)
                continue
            }
            for (key, value) in members { known[key] = value }
            elements[place] = .object(known)
        }
        return .array(elements)
    }
}
