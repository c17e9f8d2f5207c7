import Synchronization

/// Fills templates faster than the engine does, which asks at every tag what kind of thing each value is.
///
/// What a template makes of a context depends on which values are there, and not on what they are: so it is filled once for each
/// such shape, with marks in the place of the texts, and every further time texts are put where their marks stood. Contexts with long
/// lists have too many shapes; what is listed there is filled by itself.
final class TemplateStamps: Sendable {
    private struct Stamp {
        enum Piece {
            case text(String)
            case value(Int, isRaw: Bool)
        }

        let pieces: [Piece]
    }

    /// Around the number of a value. The sign in it is not as it was once it has been escaped, so that the escaped are known.
    private static let mark = Mark()
    private static let sign = "&"
    /// Shapes of a template.
    private static let most = 50
    /// Entries of a list.
    private static let longest = 12

    /// By template and shape.
    private let stamps = Mutex<[String: [String: Stamp]]>([:])

    /// - Parameter fill: what the engine makes of a context.
    /// - Returns: `nil` if there are long lists in the context, or the template has had too many shapes.
    func fill(_ template: String, _ context: [String: Any], _ fill: ([String: Any]) -> String?) -> String? {
        var values: [String] = []
        var shape = ""
        guard Self.describe(context, &values, &shape) else { return nil }
        let (known, isFull) = stamps.withLock { ($0[template]?[shape], $0[template]?.count ?? 0 >= Self.most) }
        // To make a stamp that is not kept would cost more than to fill the template.
        guard let stamp = known ?? (isFull ? nil : stamp(context, fill)) else { return nil }
        if known == nil { stamps.withLock { $0[template, default: [:]][shape] = stamp } }
        var text = ""
        for piece in stamp.pieces {
            switch piece {
            case .text(let literal): text += literal
            case .value(let number, let isRaw): text += isRaw ? values[number] : PageEscaping().escapeText(values[number])
            }
        }
        return text
    }

    private func stamp(_ context: [String: Any], _ fill: ([String: Any]) -> String?) -> Stamp? {
        var count = 0
        guard let text = fill(Self.marked(context, &count)) else { return nil }
        let pieces = Self.mark.pieces(of: text).enumerated().map { place, piece -> Stamp.Piece in
            guard place % 2 == 1, let number = Int(piece.drop { !$0.isNumber }) else { return .text(piece) }
            return .value(number, isRaw: piece.hasPrefix("\(Self.sign)\(number)"))
        }
        return Stamp(pieces: pieces)
    }

    /// Names what is there, and collects the texts, both in the order of the keys.
    private static func describe(_ context: [String: Any], _ values: inout [String], _ shape: inout String) -> Bool {
        for key in context.keys.sorted() {
            shape += "\n"
            shape += key
            switch context[key]! {
            case let text as String: values.append(text)
            case let flag as Bool: shape += flag ? "+" : "-"
            case let inner as [String: Any]:
                shape += "{"
                guard describe(inner, &values, &shape) else { return false }
                shape += "}"
            case let list as [[String: Any]]:
                guard list.count <= longest else { return false }
                shape += "["
                for entry in list {
                    guard describe(entry, &values, &shape) else { return false }
                    shape += ","
                }
                shape += "]"
            case let texts as [String]:
                guard texts.count <= longest else { return false }
                shape += "(\(texts.count))"
                values += texts
            default: return false
            }
        }
        return true
    }

    private static func marked(_ context: [String: Any], _ count: inout Int) -> [String: Any] {
        var marked: [String: Any] = [:]
        for key in context.keys.sorted() {
            switch context[key]! {
            case is String: marked[key] = nextMark(&count)
            case let inner as [String: Any]: marked[key] = Self.marked(inner, &count)
            case let list as [[String: Any]]: marked[key] = list.map { Self.marked($0, &count) }
            case let texts as [String]: marked[key] = texts.map { _ in nextMark(&count) }
            case let other: marked[key] = other
            }
        }
        return marked
    }

    private static func nextMark(_ count: inout Int) -> String {
        defer { count += 1 }
        return "\(mark.text)\(sign)\(count)\(mark.text)"
    }
}
