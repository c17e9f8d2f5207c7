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
              - a job spec (.json or .yaml) with a "url" and options,
              - a folder with any of these, moved or copied in whole.

            Folders in here belong to presets: what is put into one gets its language, its tags and so on.

            The answer to every drop appears in ../receipts/incoming/, under the name of the drop.
            A drop that could not be understood is moved to ../rejected/incoming/, with the reason beside it.
            Finished transcripts appear in ../videos/; open ../report/index.html in a browser to see it all.

            """
        case .retry: Self.readme("tried again, first of all, from where it failed")
        case .cancel: Self.readme("cancelled, with all that it had begun")
        case .delete:
            Self.readme(
                "put into ../trash/, from where it can be restored for a while",
                more: """
                    To restore a video, put a file <video>.json with {"deleted": false} into ../update/.
                    With .hard behind the name (an empty file <video>.hard) it is removed for good, with all that was made of it.
                    """)
        case .update:
            """
            Put a file here that is called like a video (its folder's name in ../videos/) with .json behind it,
            and in it what is to be changed:

              {"title": "A better title", "tags": ["council", "2026"], "description": "", "language": "en"}

            Each of the four may be left out. {"speakers": {"Speaker 1": "Ada Lovelace"}} names speakers,
            {"deleted": false} takes the video out of ../trash/.

            A corrected transcript goes the same way: take transcript.srt (or .vtt, .json) from ../videos/<video>/, correct it
            in any editor, and put it here as <video>.srt. The earlier one is kept.
            The answer appears in ../receipts/update/.

            """
        case .reprocess:
            Self.readme(
                "transcribed again from the stored recording; the earlier transcript is kept",
                more: """
                    A file <video>.json may say how, for example {"model_size": "small", "language": "en"}.
                    A transcript that a person corrected stays the current one, unless "replace_corrected" is true in it.
                    """)
        }
    }

    private static func readme(_ outcome: String, more: String? = nil) -> String {
        """
        Put an empty file here whose name is that of a job, of a video (its folder's name in ../videos/) or of an earlier
        drop, or move the earlier drop here, or a text file with one such name a line, and it is
        \(outcome).
        \(more.map { "\($0)\n" } ?? "")The answer appears in ../receipts/, in the folder of the same name.

        """
    }
}
