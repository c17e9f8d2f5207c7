import Foundation
import SpoolFiles

/// The forms in which the graph of all videos is written for other programs. Text from outside is data in each of them, whatever it holds.
public enum GraphFormat: String, Sendable, CaseIterable {
    /// GraphML 1.0 (graphml.graphdrawing.org), read by Gephi, yEd, NetworkX and igraph.
    case graphml
    /// Statements in openCypher, for Neo4j and its like. `MERGE`: run twice, they change nothing.
    case cypher
    /// One JSON object a line: nodes, then edges.
    case jsonl

    public var head: String {
        switch self {
        case .graphml:
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <graphml xmlns="http://graphml.graphdrawing.org/xmlns">
            <key id="kind" for="node" attr.name="kind" attr.type="string"/>
            <key id="label" for="node" attr.name="label" attr.type="string"/>
            <key id="url" for="node" attr.name="url" attr.type="string"/>
            <key id="verb" for="edge" attr.name="verb" attr.type="string"/>
            <key id="count" for="edge" attr.name="count" attr.type="int"/>
            <graph id="spoolscribe" edgedefault="directed">

            """
        case .cypher, .jsonl: ""
        }
    }

    public var foot: String {
        switch self {
        case .graphml: "</graph>\n</graphml>\n"
        case .cypher, .jsonl: ""
        }
    }

    public func line(_ node: Relations.Node) -> String {
        switch self {
        case .graphml:
            "<node id=\"\(xml(node.id))\"><data key=\"kind\">\(node.kind.rawValue)</data><data key=\"label\">\(xml(node.label))</data>"
                + (node.url.map { "<data key=\"url\">\(xml($0))</data>" } ?? "") + "</node>\n"
        case .cypher:
            "MERGE (n:\(Self.label(node.kind)) {id: \(cypher(node.id))}) SET n.label = \(cypher(node.label))"
                + (node.url.map { ", n.url = \(cypher($0))" } ?? "") + ";\n"
        case .jsonl:
            json(Line(type: "node", id: node.id, kind: node.kind.rawValue, label: node.label, url: node.url))
        }
    }

    public func line(_ edge: Relations.Edge) -> String {
        switch self {
        case .graphml:
            "<edge source=\"\(xml(edge.from))\" target=\"\(xml(edge.to))\"><data key=\"verb\">\(edge.verb.rawValue)</data>"
                + (edge.count.map { "<data key=\"count\">\($0)</data>" } ?? "") + "</edge>\n"
        case .cypher:
            "MATCH (a:\(Self.label(of: edge.from)) {id: \(cypher(edge.from))}), (b:\(Self.label(of: edge.to)) {id: \(cypher(edge.to))}) "
                + "MERGE (a)-[r:\(edge.verb.rawValue.uppercased())]->(b)" + (edge.count.map { " SET r.count = \($0)" } ?? "") + ";\n"
        case .jsonl:
            json(Line(type: "edge", from: edge.from, verb: edge.verb.rawValue, to: edge.to, count: edge.count))
        }
    }

    private struct Line: Encodable {
        var type: String
        var id: String?
        var kind: String?
        var label: String?
        var url: String?
        var from: String?
        var verb: String?
        var to: String?
        var count: Int?
    }

    private func json(_ line: Line) -> String { String(decoding: SpoolJSON.line(line), as: UTF8.self) }

    private static func label(_ kind: Relations.Kind) -> String { kind.rawValue.capitalized }

    /// A node's id begins with its kind.
    private static func label(of id: String) -> String {
        Relations.Kind(rawValue: String(id.prefix { $0 != ":" })).map(label) ?? "Thing"
    }

    /// As text or in an attribute; characters that XML 1.0 cannot hold at all become U+FFFD.
    private func xml(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A string literal (openCypher 9, "StringLiteral").
    private func cypher(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "'": result += "\\'"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                result += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16, uppercase: true)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "'"
    }
}
