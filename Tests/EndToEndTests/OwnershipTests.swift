import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

/// Whose jobs they are, and who may act on them.
@Suite(.serialized) struct OwnershipTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func daemon(_ set: String...) async throws -> Daemon {
        let daemon = Daemon(spool: folder.path.appending("spool"), set: ["disk.floor=1125899906842624"] + set)
        try await daemon.start()
        return daemon
    }

    @Test func onlyTheOwnerOrAnAdministratorMayAct() async throws {
        let open = try await daemon()
        try open.drop("{\"url\": \"https://example.org/a.mp4\", \"user_id\": \"ann\"}", as: "hers.json")
        let jobID = try #require(try await open.receipt(for: "hers.json").jobs.first).jobID
        #expect(try await open.job(jobID, "there") { _ in true }.userID == "ann")
        try await open.stop()

        let enforcing = try await daemon("spool.ownership=enforce")
        for (order, name) in [(ControlFolder.cancel, jobID), (.delete, jobID)] {
            let receipt = try await enforcing.ask("", as: name, in: order)
            #expect(receipt.outcome == .rejected)
            #expect(receipt.refused.first?.code == .forbidden)
            #expect(receipt.refused.first?.reason.contains("belongs to ann") == true)
        }
        let forged = try await enforcing.ask(
            "{\"url\": \"https://example.org/b.mp4\", \"user_id\": \"ann\"}", as: "forged.json", in: .incoming)
        #expect(forged.outcome == .rejected)
        let mine = try await enforcing.ask("https://example.org/c.mp4", as: "mine.txt", in: .incoming)
        #expect(try await enforcing.ask("", as: "mine.txt", in: .cancel).actions?.map(\.jobID) == [try #require(mine.jobs.first).jobID])
        let me = mine.userID
        try await enforcing.stop()

        let administered = try await daemon("spool.ownership=enforce", "spool.administrators=\(me)")
        #expect(try await administered.ask("", as: jobID, in: .cancel).actions?.map(\.action) == [.cancelled])
        try await administered.stop()
    }
}
