import Foundation
import SpoolFiles
import SystemPackage
import TestSupport
import Testing

struct SpoolTests {
    @Test func makesEveryFolderWithItsMode() throws {
        let folder = try TemporaryFolder()
        let layout = SpoolLayout(root: folder.path.appending("spool"))
        try Spool(layout: layout).make()
        for control in ControlFolder.allCases {
            #expect(try mode(layout.control(control)) == 0o3770)
            #expect(FileSystem.exists(layout.control(control).appending("README.txt")))
            #expect(FileSystem.exists(layout.receipts(control)))
        }
        #expect(try mode(layout.root) == 0o2750)
        for state in JobState.allCases { #expect(try mode(layout.stageFolder(state)) == 0o2750) }
    }

    @Test func everythingBelongsToTheGroupAlsoWhatIsMadeLater() throws {
        let folder = try TemporaryFolder()
        let layout = SpoolLayout(root: folder.path.appending("spool"))
        // Only root may give files away; for others it is about their own.
        let (owner, group) = getuid() == 0 ? (65534, 100) : (Int(getuid()), Int(getgid()))
        try Spool(layout: layout).make(.init(owner: UInt32(owner), group: UInt32(group)))
        for name in try FileManager.default.subpathsOfDirectory(atPath: layout.root.string) + [""] {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(layout.root.string)/\(name)")
            #expect(attributes[.groupOwnerAccountID] as? Int == group, "\(name)")
            #expect(attributes[.ownerAccountID] as? Int == owner, "\(name)")
        }
        let bundle = layout.bundle("web-0")
        try FileSystem.makeFolder(bundle.appending("media"), below: layout.videos)
        try AtomicFile.write(Data(), to: bundle.appending("media").appending("x"))
        let attributes = try FileManager.default.attributesOfItem(atPath: bundle.appending("media").appending("x").string)
        #expect(attributes[.groupOwnerAccountID] as? Int == group)
    }

    @Test func makingItAgainKeepsItsIdentityAndWhatIsInIt() throws {
        let folder = try TemporaryFolder()
        let spool = Spool(layout: SpoolLayout(root: folder.path))
        #expect(spool.identity() == nil)
        try spool.make()
        let identity = try #require(spool.identity())
        try folder.write("x", to: "incoming/links.txt")
        try spool.make()
        #expect(spool.identity() == identity)
        #expect(FileSystem.exists(folder.path.appending("incoming/links.txt")))
    }

    @Test func aSecondLockNamesTheFirst() throws {
        let folder = try TemporaryFolder()
        let path = folder.path.appending("lock")
        let lock = try SpoolLock(path)
        let error = #expect(throws: SpoolError.self) { _ = try SpoolLock(path) }
        #expect(error?.description.contains("process \(getpid())") == true)
        #expect(SpoolLock.holderIfHeld(path)?.contains("process \(getpid())") == true)
        withExtendedLifetime(lock) {}
    }

    @Test func claimsSayWhichFolderTheyCameFrom() {
        let layout = SpoolLayout(root: "/spool")
        let drop = SortableID.make()
        let claim = layout.claim(drop, from: DropPlace(.cancel)).lastComponent!
        #expect(SpoolLayout.parseClaim(claim)?.dropID == drop)
        #expect(SpoolLayout.parseClaim(claim)?.place == DropPlace(.cancel))
        #expect(SpoolLayout.parseClaim("something") == nil)
    }

    private func mode(_ path: FilePath) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path.string)
        return try #require(attributes[.posixPermissions] as? Int)
    }
}
