import Foundation
import SpoolFiles
import Testing

@testable import Report

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Text from outside changes no structure of what is written for other programs.
struct GraphFormatTests {
    private static let hostile = "O'Neil \\ \"quoted\" <b>&amp;</b> ]]> \u{0} \u{1B} \n}) DETACH DELETE n; // \u{202E} 日本"

    private let node = Relations.Node(.tag, key: hostile, label: hostile, url: "https://example.org/?a=1&b='2'")
    private let edge = Relations.Edge(from: "video:a", .hasTag, to: "tag:\(hostile)", count: 3)

    private func text(_ format: GraphFormat) -> String { format.head + format.line(node) + format.line(edge) + format.foot }

    @Test func graphMLIsReadBack() throws {
        final class Reader: NSObject, XMLParserDelegate {
            var elements: [(name: String, attributes: [String: String])] = []
            var texts: [String] = []
            func parser(
                _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
                attributes: [String: String] = [:]
            ) {
                elements.append((name, attributes))
                texts.append("")
            }
            func parser(_ parser: XMLParser, foundCharacters string: String) { texts[texts.count - 1] += string }
        }
        let reader = Reader()
        let parser = XMLParser(data: Data(text(.graphml).utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(parser.parserError.debugDescription)")
        let expected = Self.hostile.replacing("\u{0}", with: "\u{FFFD}").replacing("\u{1B}", with: "\u{FFFD}")
        let nodes = reader.elements.filter { $0.name == "node" }
        #expect(nodes.map { $0.attributes["id"] } == ["tag:\(expected)"])
        #expect(reader.elements.filter { $0.name == "edge" }.map { $0.attributes["target"] } == ["tag:\(expected)"])
        let label = try #require(reader.elements.firstIndex { $0.name == "data" && $0.attributes["key"] == "label" })
        #expect(reader.texts[label] == expected)
    }

    @Test func cypherHoldsEachTextInOneLiteral() {
        let lines = text(.cypher).split(separator: "\n")
        #expect(lines.count == 2)
        for line in lines {
            // Without its literals nothing of the text is left.
            let bare = line.replacing(/'(?:[^'\\]|\\.)*'/, with: "?")
            #expect(!bare.contains("DETACH") && !bare.contains("'"), "\(bare)")
        }
        #expect(lines[0].replacing(/'(?:[^'\\]|\\.)*'/, with: "?") == "MERGE (n:Tag {id: ?}) SET n.label = ?, n.url = ?;")
        #expect(
            lines[1].replacing(/'(?:[^'\\]|\\.)*'/, with: "?")
                == "MATCH (a:Video {id: ?}), (b:Tag {id: ?}) MERGE (a)-[r:HAS_TAG]->(b) SET r.count = 3;")
    }

    @Test func jsonLinesAreReadBack() throws {
        let lines = text(.jsonl).split(separator: "\n").map { Data($0.utf8) }
        #expect(lines.count == 2)
        let objects = try lines.map { try #require(JSONSerialization.jsonObject(with: $0) as? [String: Any]) }
        #expect(objects[0]["label"] as? String == Self.hostile)
        #expect(objects[1]["to"] as? String == "tag:\(Self.hostile)")
        #expect(objects[1]["count"] as? Int == 3)
    }
}
