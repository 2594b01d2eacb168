#!/usr/bin/python3
"""The report as HTML in a browser: nothing asked of any network, nothing that has to be scrolled sideways,
contrast, valid HTML, hostile texts as texts; at the width of a desk and of a phone, light and dark, in English
and Japanese, as a page and as a part of a mail; the mail around it. The pictures stay in BUILD/report-pictures, to be looked at."""
import email
import email.policy
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../lib")
# pylint: disable=wrong-import-position
from komainu_test import browser, tap  # noqa: E402

try:
    import html5lib
except ImportError:
    html5lib = None

ROOT = os.path.dirname(os.path.realpath(__file__)) + "/../.."
BUILD = os.path.realpath(os.environ.get("KOMAINU_BUILD", f"{ROOT}/build"))
PICTURES = f"{BUILD}/report-pictures"
SIZES = {"desk": (1280, 900), "phone": (390, 844)}
CONTRAST_LEAST = 4.5  # WCAG 2.2, AA
HOSTILE = ["<img src=x onerror=alert(1)>@example.jp", "\\x1B]0;owned\\x07\\x1B[2J\\x1B[31mroot",
           "evil\\u{202E}gpj.exe", "]]></title></style>&lt;&#0;", "名無しの権兵衛@日本語.example"]

# What reaches beyond the window. What scrolls by itself may.
TOO_WIDE = """[...document.querySelectorAll("body *")].filter(e => !e.closest("nav ul")
  && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + "." + e.className)"""

# [contrast, color, ground, text] of every text that is shown, the worst first.
CONTRASTS = """(() => {
  const numbers = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = numbers(c).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const grounds = e => { const found = [];
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at), image = style.backgroundImage.match(/rgb\\([^)]*\\)/);
      if (image) found.push(image[0]);
      const n = numbers(style.backgroundColor);
      if (n.length == 3 || n[3] == 1) { found.push(style.backgroundColor); return found; }
    }
    return found.concat("rgb(255,255,255)"); };
  const rows = [];
  for (const e of document.querySelectorAll("body *")) {
    const text = [...e.childNodes].filter(n => n.nodeType == 3).map(n => n.data.trim()).join("");
    if (!text || !e.getClientRects().length || e.tagName == "title") continue;
    const style = getComputedStyle(e), color = e instanceof SVGElement ? style.fill : style.color;
    for (const ground of grounds(e)) {
      const [a, b] = [light(color), light(ground)].sort((x, y) => y - x);
      rows.push([(a + 0.05) / (b + 0.05), color, ground, text.slice(0, 40)]);
    }
  }
  return rows.sort((x, y) => x[0] - y[0]);
})()"""


def sample(*words):
    """What is printed of the sample."""
    return subprocess.run([f"{BUILD}/report_sample", *words], stdout=subprocess.PIPE, check=True,
                          env={**os.environ, "TZ": "JST-9"}, timeout=60).stdout


def printed(use, language):
    """The sample as HTML, in a file, and its bytes."""
    path = f"{PICTURES}/{use}-{language}.html"
    data = sample(use, language)
    with open(path, "wb") as file:
        file.write(data)
    return path, data


def message(t, language, subject):
    """The whole mail, as Python's parser reads it: nothing is lost."""
    mail = email.message_from_bytes(sample("message", language), policy=email.policy.default)
    t.equal(mail.get_content_type(), "multipart/alternative", f"message {language}: its type")
    t.equal(mail["subject"], subject, f"message {language}: its subject")
    t.equal([str(mail[name]) for name in ("to", "auto-submitted", "date")],
            ["root@example.jp", "auto-generated", "Sun, 22 Nov 2026 07:00:00 +0900"], f"message {language}: its head")
    parts = list(mail.iter_parts())
    t.equal([p.get_content_type() for p in parts], ["text/plain", "text/html"], f"message {language}: its parts")
    t.equal([p.get_content().strip() for p in parts],
            [sample("text", language, "78").decode().strip(), sample("mail", language).decode().strip()],
            f"message {language}: they are what is printed")
    t.equal([p.defects for p in [mail, *parts]], [[], [], []], f"message {language}: no defects")


def is_valid(t, name, data, path):
    """By two parsers."""
    if html5lib is None:
        t.skip(f"{name}: valid HTML", "python3-html5lib is not there")
    else:
        parser = html5lib.HTMLParser()
        parser.parse(data, transport_encoding="utf-8")
        t.equal(parser.errors, [], f"{name}: html5lib finds no error")
    try:
        tidy = subprocess.run(["tidy", "-q", "-e", "-utf8", path], stderr=subprocess.PIPE, check=False, timeout=60)
        said = [ln for ln in tidy.stderr.decode().splitlines() if ln]
        t.equal(said, [], f"{name}: tidy has nothing to say")
    except FileNotFoundError:
        t.skip(f"{name}: tidy", "tidy is not there")


def content(t, page, name, use):
    """What the browser made of it."""
    t.equal(page.tell('document.querySelectorAll("script, img, link, iframe, object, form").length'), 0,
            f"{name}: nothing that runs or loads")
    names = page.tell('[...document.querySelectorAll("#names tbody th")].map(e => e.textContent)')
    t.equal([h for h in HOSTILE if h not in names], [], f"{name}: hostile names are texts")
    if use == "page":
        t.equal(page.tell('[...document.querySelectorAll("svg")].map(e => !!e.querySelector(":scope > title")'
                          '.textContent)'), [True] * 6, f"{name}: charts have titles")
        t.equal(page.tell('[...document.querySelectorAll("nav a")].filter(a => '
                          '!document.getElementById(a.hash.slice(1))).length'), 0, f"{name}: links lead somewhere")


def looks(t, page, name, path, size, is_dark):
    """One width in one theme."""
    page.open(path, *SIZES[size], is_dark)
    page.tell('document.querySelectorAll("details").forEach(d => d.open = true)')
    t.equal(page.asked(), [f"file://{path}"], f"{name}: asks for nothing")
    t.equal(page.said(), [], f"{name}: the browser complains of nothing")
    t.equal(page.tell("document.documentElement.scrollWidth"), SIZES[size][0], f"{name}: not wider than the window")
    t.equal(page.tell(TOO_WIDE), [], f"{name}: nothing reaches beyond it")
    rows = page.tell(CONTRASTS)
    t.ok(len(rows) > 150 and rows[0][0] >= CONTRAST_LEAST, f"{name}: contrast ({rows[0][0]:.2f} at least)")
    t.note(rows[0])
    page.tell('document.querySelectorAll("details").forEach(d => d.open = false)')
    page.shoot(f"{PICTURES}/{name.replace(' ', '-')}.png")


def main(t):
    """Everything."""
    os.makedirs(PICTURES, exist_ok=True)
    with browser.Browser() as page:
        for use in ("page", "mail"):
            for language in ("en", "ja"):
                path, data = printed(use, language)
                is_valid(t, f"{use} {language}", data, path)
                for size in SIZES:
                    for theme in ("light", "dark"):
                        looks(t, page, f"{use} {language} {size} {theme}", path, size, theme == "dark")
                content(t, page, f"{use} {language}", use)
                t.equal(page.tell("document.documentElement.lang"), language, f"{use} {language}: says its language")
    message(t, "en", "mail.example.jp 2026-11-21: 1 thing needs you")
    message(t, "ja", "mail.example.jp 2026-11-21: 対応が必要なことが 1 件あります")
    t.note(f"pictures: {PICTURES}")


tap.main(main, needs=[browser.PROGRAM, f"{BUILD}/report_sample"])
