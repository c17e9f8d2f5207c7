"""A video site on loopback, for the real yt-dlp: what it says of a video or a list is the JSON that the test serves at its address."""

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError


class SpoolTestBase(InfoExtractor):
    def _read(self, url, video_id):
        page = self._download_json(url, video_id)
        if refusal := page.get("refusal"):
            raise ExtractorError(refusal, expected=True)
        return page


class SpoolTestIE(SpoolTestBase):
    IE_NAME = "spooltest"
    _VALID_URL = r"(?P<root>http://(?:127\.0\.0\.1|localhost):\d+)/spooltest/(?P<id>[\w-]+)$"

    def _real_extract(self, url):
        video_id = self._match_id(url)
        return {
            "id": video_id,
            **self._read(url, video_id),
            "__post_extractor": self.extract_comments(url, video_id),
        }

    def _get_comments(self, url, video_id):
        """Pages of comments as they are served at ``<address>/comments/<number>``, until an empty one."""
        number = 1
        while page := self._download_json(f"{url}/comments/{number}", video_id, note=f"Downloading comments, page {number}"):
            yield from page
            number += 1


class SpoolTestListIE(SpoolTestBase):
    """The entries are addresses below the site's root, or what the list says of an item that it does not give out."""

    IE_NAME = "spooltest:list"
    _VALID_URL = r"(?P<root>http://(?:127\.0\.0\.1|localhost):\d+)/spooltest/list/(?P<id>[\w-]+)$"

    def _real_extract(self, url):
        root, list_id = self._match_valid_url(url).group("root", "id")
        page = self._read(url, list_id)
        entries = [entry and self._entry(root, entry) for entry in page["entries"]]
        return self.playlist_result(entries, list_id, page.get("title"))

    def _entry(self, root, entry):
        kind = SpoolTestListIE if entry["id"].startswith("list/") else SpoolTestIE
        words = {"title": None, **{key: value for key, value in entry.items() if key != "url"}}
        return self.url_result(entry.get("url", f"{root}/spooltest/{entry['id']}"), kind, **words)
