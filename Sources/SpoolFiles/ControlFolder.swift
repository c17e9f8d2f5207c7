/// A folder in which users drop files for the daemon to take.
public enum ControlFolder: String, Codable, Sendable, CaseIterable {
    case incoming, retry, cancel, delete, update, reprocess

    /// The text of the `README.txt` in the folder, for the person who opens it in a file manager.
    public var readme: String {
        switch self {
        case .incoming:
            """
            Put something here and Spoolscribe makes a transcript of it:

              - a recording (video or sound),
              - a link: drag it from the browser's address bar, or save it as a .url, .webloc or .desktop file,
              - a text file (.txt) with one link a line,
              - a job spec (.json) with a "url" and options.

            The answer to every drop appears in ../receipts/incoming/, under the name of the drop.
            A drop that could not be understood is moved to ../rejected/incoming/, with the reason beside it.
            Finished transcripts appear in ../videos/; open ../report/index.html in a browser to see it all.

            """
        case .retry: Self.readme("tried again, first of all")
        case .cancel: Self.readme("cancelled")
        case .delete: Self.readme("deleted (into ../trash/, for 30 days)")
        case .update: Self.readme("updated with the title, tags or transcript in the file")
        case .reprocess: Self.readme("transcribed again from the stored recording, with the options in the file")
        }
    }

    private static func readme(_ outcome: String) -> String {
        """
        Put a file here whose name is that of a job, of a video or of an earlier drop, and it is \(outcome).
        The answer appears in ../receipts/, in the folder of the same name.

        """
    }
}
