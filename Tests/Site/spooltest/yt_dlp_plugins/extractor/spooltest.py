"""A video site on loopback, for the real yt-dlp: what it says of a video is the JSON that the test serves at its address."""

from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.utils import ExtractorError


class SpoolTestIE(InfoExtractor):
    IE_NAME = "spooltest"
    _VALID_URL = r"http://127\.0\.0\.1:\d+/spooltest/(?P<id>[\w-]+)"

    def _real_extract(self, url):
        video_id = self._match_id(url)
        video = self._download_json(url, video_id)
        if refusal := video.get("refusal"):
            raise ExtractorError(refusal, expected=True)
        return {"id": video_id, **video}
